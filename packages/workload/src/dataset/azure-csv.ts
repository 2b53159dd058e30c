import { z } from 'zod';
import { csvRows, tokensCell } from './csv-rows.js';
import type { RowProblems } from './row-problems.js';
import type { TimedRow } from './timed-rows.js';
import { timestampText } from './timestamp.js';

const azureRow = z.object({
  TIMESTAMP: timestampText,
  ContextTokens: tokensCell,
  GeneratedTokens: tokensCell,
});

/** The Azure LLM inference traces: `TIMESTAMP,ContextTokens,GeneratedTokens`. */
export function parseAzureCsv(text: string, problems: RowProblems): readonly TimedRow[] {
  return csvRows(text, azureRow, problems).map(({ where, record }) => ({
    where,
    timeNs: record.TIMESTAMP,
    prompt: { kind: 'length', promptTokens: record.ContextTokens },
    output: { kind: 'length', outputTokens: record.GeneratedTokens },
  }));
}
