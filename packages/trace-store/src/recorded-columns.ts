import { BIGINT, DOUBLE, UINTEGER, VARCHAR, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import type { Json } from '@fluidscope/trace-schema';

/** One column of a table behind the views, and how a record fills it. */
export interface RecordedColumn<Row> {
  readonly name: string;
  readonly type: DuckDBType;
  readonly valueOf: (row: Row) => DuckDBValue;
}

/** A 64-bit integer column; `undefined` becomes NULL. */
export function bigintColumn<Row>(
  name: string,
  read: (row: Row) => number | bigint | undefined,
): RecordedColumn<Row> {
  return {
    name,
    type: BIGINT,
    valueOf: (row) => {
      const value = read(row);
      return value === undefined ? null : BigInt(value);
    },
  };
}

/** A text column; `undefined` becomes NULL. */
export function textColumn<Row>(name: string, read: (row: Row) => string | undefined): RecordedColumn<Row> {
  return { name, type: VARCHAR, valueOf: (row) => read(row) ?? null };
}

/** A floating-point column; `undefined`, NaN and infinities become NULL: JSON cannot hold them. */
export function doubleColumn<Row>(name: string, read: (row: Row) => number | undefined): RecordedColumn<Row> {
  return {
    name,
    type: DOUBLE,
    valueOf: (row) => {
      const value = read(row);
      return value !== undefined && Number.isFinite(value) ? value : null;
    },
  };
}

/** A text column that holds JSON; `undefined` becomes NULL. */
export function jsonColumn<Row>(name: string, read: (row: Row) => Json | undefined): RecordedColumn<Row> {
  return {
    name,
    type: VARCHAR,
    valueOf: (row) => {
      const value = read(row);
      return value === undefined ? null : wellFormedJson(JSON.stringify(value));
    },
  };
}

/** A position (in the plan, in a stream): 32 bits, never NULL. */
export function indexColumn<Row>(name: string, read: (row: Row) => number): RecordedColumn<Row> {
  return { name, type: UINTEGER, valueOf: read };
}

/**
 * Half of a surrogate pair, from a server's text cut in the middle of a character, is valid for `JSON.stringify` and not for
 * DuckDB, where one such event would make the whole view unreadable. It becomes U+FFFD. An escaped backslash is stepped over.
 */
function wellFormedJson(text: string): string {
  return text.replace(/\\(?:\\|u(d[89a-f][0-9a-f]{2}))/g, (escape, half?: string) =>
    half === undefined ? escape : '\\ufffd',
  );
}
