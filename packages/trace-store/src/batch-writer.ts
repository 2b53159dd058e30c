import type { DuckDBConnection } from '@duckdb/node-api';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from './database.js';
import type { Stage, StagedRows } from './staged-rows.js';
import { TableAppender } from './table-appender.js';

/**
 * Rows a transaction holds at most. Above 122,880 DuckDB would compress and write a row group inside the append,
 * which runs on the event loop; a commit runs beside it.
 */
const TRANSACTION_ROWS = 49_152;

/**
 * Writes stages to their tables. Only appending runs on the event loop, a slice at a time, with a turn of the loop
 * between slices; commits, which reach the disk, run on a thread of their own.
 */
export class BatchWriter {
  private readonly database: Database;
  private readonly connection: DuckDBConnection;
  private readonly appenders: ReadonlyMap<string, TableAppender>;
  private transactionRows = 0;

  private constructor(
    database: Database,
    connection: DuckDBConnection,
    appenders: ReadonlyMap<string, TableAppender>,
  ) {
    this.database = database;
    this.connection = connection;
    this.appenders = appenders;
  }

  static async open(database: Database, tableNames: readonly string[]): Promise<BatchWriter> {
    const connection = await database.connect();
    const appenders = new Map<string, TableAppender>();
    for (const name of tableNames) appenders.set(name, await TableAppender.open(connection, name));
    return new BatchWriter(database, connection, appenders);
  }

  /** Takes all that is staged and returns when it is on the disk. Rows reach it in the order of `stages`. */
  async write(stages: readonly Stage[]): Promise<void> {
    const filled = stages.filter(({ length }) => length > 0);
    if (filled.length === 0) return;
    const taken = filled.map((stage) => ({ stage, rows: stage.take() }));
    await this.connection.run('BEGIN');
    for (const { stage, rows } of taken) await this.writeStage(stage, rows);
    await this.commit();
  }

  /** Moves the write-ahead log into the file, so that the trace is one file. */
  async checkpoint(): Promise<void> {
    await this.connection.run('CHECKPOINT');
  }

  close(): void {
    for (const appender of this.appenders.values()) appender.close();
    this.connection.closeSync();
    this.database.close();
  }

  private async writeStage({ tableName, rowsPerSlice }: Stage, rows: StagedRows): Promise<void> {
    const appender = this.appenders.get(tableName);
    if (appender === undefined) throw new Error(`No appender for the table ${tableName}`);
    for (let from = 0; from < rows.length; from += rowsPerSlice) {
      const count = Math.min(rowsPerSlice, rows.length - from);
      appender.append(rows, from, count);
      this.transactionRows += count;
      if (this.transactionRows >= TRANSACTION_ROWS) await this.restartTransaction();
      else await nextTurn();
    }
  }

  private async restartTransaction(): Promise<void> {
    await this.commit();
    await this.connection.run('BEGIN');
  }

  private async commit(): Promise<void> {
    await this.connection.run('COMMIT');
    this.transactionRows = 0;
  }
}
