import { UsageError } from '@fluidscope/errors';
import { TRACE_SCHEMA_VERSION, type RunStart, type TraceWriter } from '@fluidscope/trace-schema';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BatchWriter } from './batch-writer.js';
import { openForReading, openForWriting, type Database } from './database.js';
import { DuckDbTraceWriter } from './duckdb-trace-writer.js';
import { RUN_START } from './recorded-tables.js';
import { existingFileOf, moveAside, removeTrace } from './replaced-trace.js';
import { RowStage } from './row-stage.js';
import { createSchemaSql, TABLE_NAMES } from './schema.js';
import { writeError } from './storage-errors.js';

export interface TraceWriterOptions {
  /** Replaces a file that exists, unless another program has it open. Default: false, a file that exists is an error. */
  readonly overwrite?: boolean;
  /** Rows wait in memory for at most this long, and for the write itself. Default 250. */
  readonly flushIntervalMs?: number;
  /**
   * Rows of one table that may wait in memory while the disk is slower than the run. Chunks, samples and deadline misses
   * beyond it become rows of `losses`; what is rare (requests, events, losses) is always kept. Default 2,097,152.
   */
  readonly maxStagedRows?: number;
}

/**
 * Creates the trace file at `path`, a database with a write-ahead log `path.wal` beside it until it is closed.
 *
 * Throws a `FluidscopeError`: `trace.exists`, `trace.no-folder`, `trace.not-permitted`, `trace.disk-full`,
 * `trace.locked` or `trace.write-failed`. Nothing of this process may open the same file while it is written.
 */
export async function createTraceWriter(
  path: string,
  start: RunStart,
  options: TraceWriterOptions = {},
): Promise<TraceWriter> {
  requireFolder(path);
  await requireFree(path, options.overwrite ?? false);
  try {
    const replaced = moveAside(path);
    const writer = await createTrace(path, start).catch((thrown: unknown) => {
      removeTrace(path);
      replaced.restore();
      throw thrown;
    });
    replaced.remove();
    return new DuckDbTraceWriter(path, writer, options);
  } catch (thrown) {
    throw writeError(thrown, path);
  }
}

async function createTrace(path: string, start: RunStart): Promise<BatchWriter> {
  const writer = await openBatchWriter(path);
  try {
    const runStart = new RowStage(RUN_START);
    runStart.append([{ ...start, schemaVersion: TRACE_SCHEMA_VERSION }]);
    await writer.write([runStart]);
    await writer.checkpoint();
    return writer;
  } catch (thrown) {
    writer.close();
    throw thrown;
  }
}

async function openBatchWriter(path: string): Promise<BatchWriter> {
  const database = await openForWriting(path);
  try {
    await createSchema(database);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  return BatchWriter.open(database, TABLE_NAMES);
}

async function createSchema(database: Database): Promise<void> {
  const connection = await database.connect();
  try {
    await connection.run(createSchemaSql());
  } finally {
    connection.closeSync();
  }
}

async function requireFree(path: string, overwrite: boolean): Promise<void> {
  const found = existingFileOf(path);
  if (found === undefined) return;
  if (overwrite && !statSync(found).isDirectory()) return refuseLocked(path);
  throw new UsageError([`Expected a new file for the trace but ${found} exists`], {
    code: 'trace.exists',
    hint: 'Give another name with -o, or replace it with --overwrite.',
  });
}

function requireFolder(path: string): void {
  const folder = dirname(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  throw new UsageError(
    [`Expected a folder for ${path} but ${folder} ${found === undefined ? 'does not exist' : 'is a file'}`],
    { code: 'trace.no-folder', hint: 'Create the folder first, or give another with -o.' },
  );
}

/** What is not a database, or not a whole one, may be overwritten; a trace that another program is writing may not. */
async function refuseLocked(path: string): Promise<void> {
  try {
    (await openForReading(path)).close();
  } catch (thrown) {
    const error = writeError(thrown, path);
    if (error.code === 'trace.locked') throw error;
  }
}
