import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  UINTEGER,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';

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

/** A floating-point column; `undefined` becomes NULL. */
export function doubleColumn<Row>(name: string, read: (row: Row) => number | undefined): RecordedColumn<Row> {
  return { name, type: DOUBLE, valueOf: (row) => read(row) ?? null };
}

export function booleanColumn<Row>(name: string, read: (row: Row) => boolean): RecordedColumn<Row> {
  return { name, type: BOOLEAN, valueOf: read };
}

/** A position (in the plan, in a stream): 32 bits, never NULL. */
export function indexColumn<Row>(name: string, read: (row: Row) => number): RecordedColumn<Row> {
  return { name, type: UINTEGER, valueOf: read };
}
