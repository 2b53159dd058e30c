import { z } from 'zod';
import { schemaProblems } from '../schema-problems.js';
import { parseJson } from './json-lines.js';
import type { RowProblems } from './row-problems.js';
import type { TimedRow } from './timed-rows.js';

const turn = z.object({ from: z.string(), value: z.string() });
const conversation = z.object({ conversations: z.array(turn) });
type Turn = z.infer<typeof turn>;

const ASKING: ReadonlySet<string> = new Set(['human', 'user']);
const ANSWERING: ReadonlySet<string> = new Set(['gpt', 'chatgpt', 'assistant', 'model', 'bing', 'bard']);

/**
 * ShareGPT: a JSON list of `{"conversations": [{"from", "value"}, …]}`. The first turn of a human is the prompt and the
 * model's turn after it the answer, whose length is asked for. A conversation without such a pair is not a request and
 * is left out: the caller sees how many from the rows that are missing.
 */
export function parseShareGptJson(text: string, problems: RowProblems): ShareGptRows {
  const parsed = parseJson(text);
  if ('problem' in parsed) {
    problems.add(lineOfError(text, parsed.problem), [parsed.problem]);
    return { rows: [], skippedCount: 0 };
  }
  const list = z.array(z.unknown()).safeParse(parsed.json);
  if (!list.success) {
    problems.add('line 1', schemaProblems(list.error, parsed.json, 'the file'));
    return { rows: [], skippedCount: 0 };
  }
  const rows = list.data.flatMap((entry, index) => {
    const where = `entry ${index + 1}`;
    const checked = conversation.safeParse(entry);
    if (checked.success) return exchangeRow(where, checked.data.conversations);
    problems.add(where, schemaProblems(checked.error, entry, 'the entry'));
    return [];
  });
  return { rows, skippedCount: list.data.length - rows.length };
}

export interface ShareGptRows {
  readonly rows: readonly TimedRow[];
  readonly skippedCount: number;
}

function exchangeRow(where: string, turns: readonly Turn[]): readonly TimedRow[] {
  const askedIndex = turns.findIndex(({ from, value }) => ASKING.has(from) && value.trim() !== '');
  const asked = turns[askedIndex];
  const answer = turns[askedIndex + 1];
  if (asked === undefined || answer === undefined) return [];
  if (!ANSWERING.has(answer.from) || answer.value.trim() === '') return [];
  return [
    {
      where,
      timeNs: undefined,
      prompt: { kind: 'text', text: asked.value },
      output: { kind: 'text', text: answer.value },
    },
  ];
}

/** The engine says the position in some of its messages, and never the line. */
function lineOfError(text: string, message: string): string {
  const [, position] = /position (\d+)/.exec(message) ?? [];
  return position === undefined ? 'the file' : `line ${text.slice(0, Number(position)).split('\n').length}`;
}
