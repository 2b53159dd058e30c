import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { RecordedTable } from './recorded-tables.js';
import type { Stage, StagedRows } from './staged-rows.js';

/**
 * Stages records one by one, already turned into DuckDB's values: what a record said is copied when it is appended,
 * so that its owner may reuse it. A record that cannot be turned throws before any column has grown.
 */
export class RowStage<Row> implements Stage {
  readonly tableName: string;
  readonly rowsPerSlice = 256;
  readonly #table: RecordedTable<Row>;
  #columns: DuckDBValue[][];

  constructor(table: RecordedTable<Row>) {
    this.#table = table;
    this.tableName = table.name;
    this.#columns = table.columns.map(() => []);
  }

  get length(): number {
    return this.#columns[0]?.length ?? 0;
  }

  append(rows: readonly Row[]): void {
    const appended = this.#table.columns.map(({ valueOf }) => rows.map(valueOf));
    appended.forEach((values, index) => {
      for (const value of values) this.#columns[index]?.push(value);
    });
  }

  take(): StagedRows {
    const columns = this.#columns;
    this.#columns = columns.map(() => []);
    return {
      length: columns[0]?.length ?? 0,
      fill: (chunk, from, count) => fill(chunk, columns, { from, count }),
    };
  }
}

function fill(
  chunk: DuckDBDataChunk,
  columns: readonly (readonly DuckDBValue[])[],
  { from, count }: { readonly from: number; readonly count: number },
): void {
  columns.forEach((values, index) => chunk.setColumnValues(index, values.slice(from, from + count)));
}
