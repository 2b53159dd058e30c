import { UsageError } from '@fluidscope/errors';
import { TRACE_SCHEMA_VERSION, type TraceReader } from '@fluidscope/trace-schema';
import { open, stat } from 'node:fs/promises';
import { openForReading, type Database } from './database.js';
import { DuckDbTraceReader } from './duckdb-trace-reader.js';
import { notATrace, readError } from './storage-errors.js';

/** Where DuckDB writes `DUCK` in every database file, after a checksum. */
const MAGIC_OFFSET_BYTES = 8;
const MAGIC = 'DUCK';

/**
 * Opens a trace to read. Writes nothing, neither to the file nor beside it. A trace that was cut short opens too, together
 * with its `.wal`, and its run has no `end`.
 *
 * Throws a `FluidscopeError`: `trace.not-found`, `trace.not-a-trace`, `trace.newer-schema`, `trace.newer-storage`,
 * `trace.locked` or `trace.unreadable`.
 */
export async function openTraceReader(path: string): Promise<TraceReader> {
  return new DuckDbTraceReader(path, await openTraceDatabase(path));
}

/** The database of a trace that this version can read; its SQL may write into `writableFolder` only. */
export async function openTraceDatabase(path: string, writableFolder?: string): Promise<Database> {
  try {
    await requireDatabaseFile(path);
    const database = await openForReading(path, writableFolder);
    try {
      await requireReadableSchema(path, database);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  } catch (thrown) {
    throw readError(thrown, path);
  }
}

async function requireDatabaseFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new UsageError([`Expected a trace at ${path} but there is no such file`], {
      code: 'trace.not-found',
      hint: 'Check the path.',
    });
  }
  if (!found.isFile())
    throw notATrace(path, found.isDirectory() ? 'a folder' : 'something that is not a file');
  if (found.size === 0) throw notATrace(path, 'an empty file');
  if ((await readMagic(path)) !== MAGIC) throw notATrace(path, 'a file of another kind');
}

async function readMagic(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(MAGIC.length),
      0,
      MAGIC.length,
      MAGIC_OFFSET_BYTES,
    );
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function requireReadableSchema(path: string, database: Database): Promise<void> {
  const version = await schemaVersion(database);
  if (version === undefined) throw notATrace(path, 'a DuckDB database of another kind');
  if (version > TRACE_SCHEMA_VERSION) {
    throw new UsageError(
      [
        `Expected a trace of schema version ${TRACE_SCHEMA_VERSION} or older for ${path} but received version ${version}`,
      ],
      { code: 'trace.newer-schema', hint: 'It was written by a newer fluidscope: update this one.' },
    );
  }
}

/** `undefined` when the database has no run: it is another's, or its recorder died before the trace was whole. */
async function schemaVersion(database: Database): Promise<bigint | undefined> {
  const connection = await database.connect();
  try {
    const found = await connection.runAndReadAll(
      `FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = 'run' AND column_name = 'schema_version'`,
    );
    if (found.currentRowCount !== 1) return undefined;
    const rows = await connection.runAndReadAll('SELECT CAST(schema_version AS BIGINT) FROM main.run');
    const version = rows.getRows()[0]?.[0];
    return typeof version === 'bigint' ? version : undefined;
  } finally {
    connection.closeSync();
  }
}
