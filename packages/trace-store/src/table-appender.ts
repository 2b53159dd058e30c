import { DuckDBDataChunk, type DuckDBAppender, type DuckDBConnection } from '@duckdb/node-api';
import type { StagedRows } from './staged-rows.js';

/** The schema of the tables behind the views. */
export const TABLE_SCHEMA = 'recorded';

/** Appends rows to one table in the connection's transaction. Every call holds the event loop until it returns. */
export class TableAppender {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;

  private constructor(appender: DuckDBAppender) {
    this.#appender = appender;
    const types = Array.from({ length: appender.columnCount }, (_, index) => appender.columnType(index));
    this.#chunk = DuckDBDataChunk.create(types);
  }

  static async open(connection: DuckDBConnection, tableName: string): Promise<TableAppender> {
    return new TableAppender(await connection.createAppender(tableName, TABLE_SCHEMA));
  }

  append(rows: StagedRows, from: number, count: number): void {
    this.#chunk.reset();
    this.#chunk.rowCount = count;
    rows.fill(this.#chunk, from, count);
    this.#appender.appendDataChunk(this.#chunk);
  }

  /** Moves what was appended into the transaction. Has a fixed cost of a quarter of a millisecond: once for many slices. */
  flush(): void {
    this.#appender.flushSync();
  }

  close(): void {
    this.#appender.clear();
    this.#appender.closeSync();
  }
}
