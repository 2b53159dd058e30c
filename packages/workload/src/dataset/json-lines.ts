import { messageOf } from '@fluidscope/errors';
import type { z } from 'zod';
import { schemaProblems } from '../schema-problems.js';
import type { RowProblems } from './row-problems.js';

interface JsonLine<Row> {
  readonly where: string;
  readonly row: Row;
}

/** The lines of a JSONL text, checked; blank lines are passed over, bad ones go to `problems`. */
export function jsonLines<Row>(
  text: string,
  schema: z.ZodType<Row>,
  problems: RowProblems,
): readonly JsonLine<Row>[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const where = `line ${index + 1}`;
    const value = parseJson(line);
    if ('problem' in value) {
      problems.add(where, [value.problem]);
      return [];
    }
    const checked = schema.safeParse(value.json);
    if (checked.success) return [{ where, row: checked.data }];
    problems.add(where, schemaProblems(checked.error, value.json, 'the line'));
    return [];
  });
}

/** The value of a JSON text, or why it is none. */
export function parseJson(text: string): { readonly json: unknown } | { readonly problem: string } {
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    return { problem: `Expected JSON but received something else (${messageOf(error)})` };
  }
}
