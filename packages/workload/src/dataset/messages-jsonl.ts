import { z } from 'zod';
import type { DatasetPrompt } from '../spec.js';
import { jsonLines } from './json-lines.js';
import { requestTerms } from './request-terms.js';
import type { RowProblems } from './row-problems.js';
import type { TimedRow } from './timed-rows.js';
import { timestampMs, timestampText } from './timestamp.js';

const messages = z.array(z.object({ role: z.string().min(1), content: z.string() })).min(1);

const messagesRow = z
  .object({
    messages: messages.optional(),
    prompt: z.string().min(1).optional(),
    max_tokens: z.int().min(1).optional(),
    slo: requestTerms.optional(),
    timestamp: z
      .union([timestampMs, timestampText], { error: 'milliseconds or a time such as 2023-11-16T18:15:46Z' })
      .optional(),
  })
  .superRefine((row, context) => {
    if (promptOf(row) === undefined)
      context.addIssue({ code: 'custom', message: 'either "messages" or "prompt"' });
  });

/**
 * One request a line: `{"messages": [{"role", "content"}, …]}` or `{"prompt": "…"}`, either with `max_tokens`, with
 * `timestamp` (milliseconds, or a time as text) and with `slo` (terms of its own). Other fields are passed over.
 */
export function parseMessagesJsonl(text: string, problems: RowProblems): readonly TimedRow[] {
  return jsonLines(text, messagesRow, problems).flatMap(({ where, row }): TimedRow[] => {
    const prompt = promptOf(row);
    if (prompt === undefined) return [];
    const output =
      row.max_tokens === undefined ? undefined : { kind: 'length' as const, outputTokens: row.max_tokens };
    return [{ where, timeNs: row.timestamp, prompt, output, slo: row.slo }];
  });
}

function promptOf(row: {
  messages?: z.infer<typeof messages> | undefined;
  prompt?: string | undefined;
}): DatasetPrompt | undefined {
  if (row.messages !== undefined && row.prompt !== undefined) return undefined;
  if (row.messages !== undefined) return { kind: 'messages', messages: row.messages };
  return row.prompt === undefined ? undefined : { kind: 'text', text: row.prompt };
}
