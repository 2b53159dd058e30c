import { z } from 'zod';
import { MOONCAKE_BLOCK_TOKENS } from '../block-prompt.js';
import { jsonLines } from './json-lines.js';
import { requestTerms } from './request-terms.js';
import type { RowProblems } from './row-problems.js';
import type { TimedRow } from './timed-rows.js';
import { timestampMs } from './timestamp.js';

const mooncakeRow = z
  .object({
    timestamp: timestampMs,
    input_length: z.int().min(1),
    output_length: z.int().min(1),
    hash_ids: z.array(z.int().min(0)).optional(),
    slo: requestTerms.optional(),
  })
  .superRefine(({ input_length: promptTokens, hash_ids: ids }, context) => {
    const blockCount = Math.ceil(promptTokens / MOONCAKE_BLOCK_TOKENS);
    if (ids !== undefined && ids.length !== blockCount) {
      context.addIssue({
        code: 'custom',
        path: ['hash_ids'],
        message: `${blockCount} ids, one for each ${MOONCAKE_BLOCK_TOKENS} tokens of input_length,`,
      });
    }
  });

/**
 * Mooncake's traces (FAST '25): `timestamp` in milliseconds, `input_length`, `output_length`, and `hash_ids` that name
 * the prompt's blocks of 512 tokens. Without `hash_ids` a row is a length alone. A row may have an `slo`, as `messages` may.
 */
export function parseMooncakeJsonl(text: string, problems: RowProblems): readonly TimedRow[] {
  return jsonLines(text, mooncakeRow, problems).map(({ where, row }) => ({
    where,
    timeNs: row.timestamp,
    prompt:
      row.hash_ids === undefined
        ? { kind: 'length', promptTokens: row.input_length }
        : { kind: 'blocks', promptTokens: row.input_length, blockIds: row.hash_ids },
    output: { kind: 'length', outputTokens: row.output_length },
    slo: row.slo,
  }));
}
