import { z } from 'zod';
import { csvRows, tokensCell } from './csv-rows.js';
import type { RowProblems } from './row-problems.js';
import type { TimedRow } from './timed-rows.js';

const etalonRow = z.object({ num_prefill_tokens: tokensCell, num_decode_tokens: tokensCell });

/** Etalon's length traces: `num_prefill_tokens,num_decode_tokens` and columns that are not needed. */
export function parseEtalonCsv(text: string, problems: RowProblems): readonly TimedRow[] {
  return csvRows(text, etalonRow, problems).map(({ where, record }) => ({
    where,
    timeNs: undefined,
    prompt: { kind: 'length', promptTokens: record.num_prefill_tokens },
    output: { kind: 'length', outputTokens: record.num_decode_tokens },
  }));
}
