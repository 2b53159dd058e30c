import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nothing is ever fetched from the network: JSON and Parquet are built into this DuckDB. */
const OFFLINE = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
};

/** A recorder shares the machine with the load generator: one thread, little memory. */
const WRITER_SETTINGS = { ...OFFLINE, access_mode: 'READ_WRITE', threads: '1', memory_limit: '512MB' };

const READER_SETTINGS = { ...OFFLINE, access_mode: 'READ_ONLY', memory_limit: '1GB' };

/** An open database file. Close every connection before the database. */
export interface Database {
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

export function openForWriting(path: string): Promise<Database> {
  return open(path, WRITER_SETTINGS);
}

/** Opens without a write of any kind: a trace in a read-only folder opens too, its log replayed in memory. */
export function openForReading(path: string): Promise<Database> {
  return open(path, { ...READER_SETTINGS, temp_directory: join(tmpdir(), `fluidscope-${process.pid}`) });
}

async function open(path: string, settings: Record<string, string>): Promise<Database> {
  const instance = await DuckDBInstance.create(path, settings);
  return { connect: () => instance.connect(), close: () => instance.closeSync() };
}
