import { TABLE_SCHEMA } from './table-appender.js';

export type ViewColumnType = 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'JSON' | 'BOOLEAN';

/** One column of a view: part of the public contract, so its documentation stands beside its definition. */
export interface ViewColumn {
  readonly name: string;
  readonly type: ViewColumnType;
  readonly meaning: string;
  /** When it is NULL; never, without it. */
  readonly nullWhen?: string;
  /** The SQL it is made of; its own name without it. */
  readonly sql?: string;
}

/** One view of the trace. Views are stable; the tables behind them may change with any schema version. */
export interface View {
  readonly name: string;
  /** One row of it, in words. */
  readonly row: string;
  readonly from: string;
  /** The order in which its rows are exported. A view itself has none. */
  readonly orderBy: string;
  readonly columns: readonly ViewColumn[];
}

/** The `request_id` of a row with a `request_index`: the rule of `requestIdOf`, and a test that they agree. */
export const REQUEST_ID_SQL = "printf('r%06d', request_index)";

/** A table behind the views, as the views name it. */
export function recorded(tableName: string): string {
  return `${TABLE_SCHEMA}.${tableName}`;
}

export function createViewSql({ name, from, columns }: View, create = 'CREATE VIEW'): string {
  const selected = columns.map(
    ({ name: column, type, sql }) => `CAST(${sql ?? column} AS ${type}) AS ${column}`,
  );
  return `${create} main.${name} AS SELECT ${selected.join(', ')} FROM ${from}`;
}
