import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Nothing is ever fetched from the network: JSON and Parquet are built into this DuckDB. */
const OFFLINE = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
};

/**
 * A recorder shares the machine with the load generator: one thread, little memory. Blocks of 64 KiB make a small trace a
 * third of what the default of 256 KiB makes it, and a large one a fifth smaller; DuckDB reads them since 1.1.
 *
 * What was written stays cached up to the memory limit, which is all that a long run's memory grows by.
 */
const WRITER_SETTINGS = {
  ...OFFLINE,
  access_mode: 'READ_WRITE',
  threads: '1',
  memory_limit: '64MB',
  default_block_size: '65536',
};

/** A run ends with a reading of its own trace: a long run's must not need more memory than the run. Larger sorts spill to disk. */
const READER_SETTINGS = { ...OFFLINE, access_mode: 'READ_ONLY', memory_limit: '256MB' };

/** An open database file. Close every connection before the database. */
export interface Database {
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

export function openForWriting(path: string): Promise<Database> {
  return open(path, WRITER_SETTINGS);
}

/**
 * Opens without a write of any kind: a trace in a read-only folder opens too, its log replayed in memory. The views of a
 * file that came from elsewhere are SQL of whoever made it: they get no file but their own, and those in `writableFolder`.
 */
export async function openForReading(path: string, writableFolder?: string): Promise<Database> {
  const spillFolder = join(tmpdir(), `fluidscope-${process.pid}`);
  const database = await open(path, { ...READER_SETTINGS, temp_directory: spillFolder });
  const connection = await database.connect();
  try {
    if (writableFolder !== undefined)
      await connection.run(`SET allowed_directories = [${quoted(writableFolder)}]`);
    await connection.run('SET enable_external_access = false');
  } finally {
    connection.closeSync();
  }
  return database;
}

/** A text as a literal of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The path is made absolute: to DuckDB `:memory:` and `s3://…` are no file names. */
async function open(path: string, settings: Record<string, string>): Promise<Database> {
  const instance = await DuckDBInstance.create(resolve(path), settings);
  return { connect: () => instance.connect(), close: () => instance.closeSync() };
}
