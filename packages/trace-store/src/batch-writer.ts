import type { DuckDBConnection } from '@duckdb/node-api';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from './database.js';
import type { Stage, StagedRows } from './staged-rows.js';
import { TableAppender } from './table-appender.js';

/** Rows between two flushes of an appender: a flush of this many holds the event loop for about a millisecond. */
const FLUSH_ROWS = 16_384;

/**
 * Rows a transaction holds at most. Above 122,880 DuckDB would compress and write a row group inside a flush, on the
 * event loop; a commit does so on a thread of its own.
 */
const TRANSACTION_ROWS = 3 * FLUSH_ROWS;

/**
 * Writes stages to their tables. Only appending runs on the event loop, a slice at a time, with a turn of the loop
 * between slices; commits, which reach the disk, run on a thread of their own.
 */
export class BatchWriter {
  readonly #database: Database;
  readonly #connection: DuckDBConnection;
  readonly #appenders: ReadonlyMap<string, TableAppender>;
  #transactionRows = 0;
  #committed = 0;

  private constructor(
    database: Database,
    connection: DuckDBConnection,
    appenders: ReadonlyMap<string, TableAppender>,
  ) {
    this.#database = database;
    this.#connection = connection;
    this.#appenders = appenders;
  }

  /** Takes over the database: it is closed with the writer, and at once when this fails. */
  static async open(database: Database, tableNames: readonly string[]): Promise<BatchWriter> {
    const appenders = new Map<string, TableAppender>();
    const writer = new BatchWriter(database, await database.connect(), appenders);
    try {
      for (const name of tableNames) appenders.set(name, await TableAppender.open(writer.#connection, name));
      return writer;
    } catch (thrown) {
      writer.close();
      throw thrown;
    }
  }

  /** Rows that are safe on the disk. */
  get committedRows(): number {
    return this.#committed;
  }

  /** Takes all that is staged and returns when it is on the disk. Rows reach it in the order of `stages`. */
  async write(stages: readonly Stage[]): Promise<void> {
    const filled = stages.filter(({ length }) => length > 0);
    if (filled.length === 0) return;
    const taken = filled.map((stage) => ({ stage, rows: stage.take() }));
    await this.#connection.run('BEGIN');
    for (const { stage, rows } of taken) await this.#writeStage(stage, rows);
    await this.#commit();
  }

  /** Moves the write-ahead log into the file, so that the trace is one file. */
  async checkpoint(): Promise<void> {
    await this.#connection.run('CHECKPOINT');
  }

  close(): void {
    for (const appender of this.#appenders.values()) appender.close();
    this.#connection.closeSync();
    this.#database.close();
  }

  async #writeStage(stage: Stage, rows: StagedRows): Promise<void> {
    const appender = this.#appenders.get(stage.tableName);
    if (appender === undefined) throw new Error(`No appender for the table ${stage.tableName}`);
    for (let from = 0; from < rows.length; from += FLUSH_ROWS) {
      const to = Math.min(from + FLUSH_ROWS, rows.length);
      for (let sliceFrom = from; sliceFrom < to; sliceFrom += stage.rowsPerSlice) {
        appender.append(rows, sliceFrom, Math.min(stage.rowsPerSlice, to - sliceFrom));
        await nextTurn();
      }
      appender.flush();
      await this.#endTransactionIfLarge(to - from);
    }
  }

  async #endTransactionIfLarge(addedRows: number): Promise<void> {
    this.#transactionRows += addedRows;
    if (this.#transactionRows < TRANSACTION_ROWS) return;
    await this.#commit();
    await this.#connection.run('BEGIN');
  }

  async #commit(): Promise<void> {
    await this.#connection.run('COMMIT');
    this.#committed += this.#transactionRows;
    this.#transactionRows = 0;
  }
}
