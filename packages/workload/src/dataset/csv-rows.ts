import { messageOf } from '@fluidscope/errors';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { schemaProblems } from '../schema-problems.js';
import type { RowProblems } from './row-problems.js';

/** A cell with a whole number of tokens from 1; `74.0`, as data frames write it, is one. */
export const tokensCell = z
  .string()
  .regex(/^\d+(\.0+)?$/, { error: 'a whole number' })
  .transform(Number)
  .pipe(z.int().min(1));

interface CsvRow<Row> {
  readonly where: string;
  readonly record: Row;
}

/** The rows of a CSV text whose header has the schema's columns; bad rows and bad CSV go to `problems`. */
export function csvRows<Schema extends z.ZodObject>(
  text: string,
  schema: Schema,
  problems: RowProblems,
): readonly CsvRow<z.infer<Schema>>[] {
  return readCsv(text, Object.keys(schema.shape), problems).flatMap(({ record, info }) => {
    const where = `line ${info.lines}`;
    const checked = schema.safeParse(record);
    if (checked.success) return [{ where, record: checked.data }];
    problems.add(where, schemaProblems(checked.error, record, 'the line'));
    return [];
  });
}

interface CsvRecord {
  readonly record: unknown;
  readonly info: { readonly lines: number };
}

/** Rows of another number of cells come through: the schema says which of them is missing. */
function readCsv(text: string, columns: readonly string[], problems: RowProblems): readonly CsvRecord[] {
  let header: readonly string[] = [];
  try {
    const records = parse<CsvRecord>(text, {
      columns: (cells: string[]) => {
        header = cells;
        return cells;
      },
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
    if (columns.every((column) => header.includes(column))) return records;
    problems.add('line 1', [headerProblem(columns, header)]);
    return [];
  } catch (error) {
    const line = error instanceof CsvError && typeof error['lines'] === 'number' ? error['lines'] : 1;
    problems.add(`line ${line}`, [messageOf(error)]);
    return [];
  }
}

function headerProblem(columns: readonly string[], header: readonly string[]): string {
  return `Expected the columns ${columns.join(', ')} for the header but received ${header.join(', ')}`;
}
