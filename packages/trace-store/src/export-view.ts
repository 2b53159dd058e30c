import type { DuckDBConnection } from '@duckdb/node-api';
import { FluidscopeError } from '@fluidscope/errors';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { quoted, type Database } from './database.js';
import { storageError } from './storage-errors.js';
import type { View } from './view.js';

export const EXPORT_FORMATS = ['parquet', 'csv', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportTarget {
  readonly view: View;
  readonly format: ExportFormat;
  readonly path: string;
}

export interface ExportWatch {
  readonly onDoneRatio: (doneRatio: number) => void;
  readonly signal: AbortSignal | undefined;
}

const PROGRESS_INTERVAL_MS = 100;

/** Writes one view beside its place, moves it there when it is whole, and returns the number of its rows. */
export async function exportView(
  database: Database,
  target: ExportTarget,
  watch: ExportWatch,
): Promise<number> {
  const partialPath = `${target.path}.partial`;
  const connection = await database.connect();
  try {
    const source = await sourceSql(connection, target.view);
    const rowsCount = await copyTo(connection, copySql(target, { source, path: partialPath }), watch);
    await rename(partialPath, target.path);
    return rowsCount;
  } catch (thrown) {
    await rm(partialPath, { force: true });
    throw watch.signal?.aborted === true ? interrupted(target) : exportError(thrown, target);
  } finally {
    connection.closeSync();
  }
}

async function copyTo(connection: DuckDBConnection, sql: string, watch: ExportWatch): Promise<number> {
  const { onDoneRatio, signal } = watch;
  const look = () => {
    // Again at every look: an interruption that comes before the query has begun is lost on it.
    if (signal?.aborted === true) connection.interrupt();
    else onDoneRatio(doneRatioOf(connection));
  };
  onDoneRatio(0);
  signal?.throwIfAborted();
  const timer = setInterval(look, PROGRESS_INTERVAL_MS);
  signal?.addEventListener('abort', look, { once: true });
  try {
    await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false');
    const copied = await connection.runAndReadAll(sql);
    return Number(copied.getRows()[0]?.[0]);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', look);
  }
}

/** DuckDB says -1 before it knows. */
function doneRatioOf(connection: DuckDBConnection): number {
  return Math.max(0, connection.progress.percentage) / 100;
}

const FORMAT_OPTIONS: Readonly<Record<ExportFormat, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  csv: 'FORMAT csv, HEADER true',
  jsonl: 'FORMAT json',
};

/** The view with every column of this version: what a trace of an earlier one did not have is NULL, a view that it lacked is empty. */
async function sourceSql(connection: DuckDBConnection, { name, columns }: View): Promise<string> {
  const found = await connection.runAndReadAll(
    `SELECT column_name FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ${quoted(name)}`,
  );
  const there = new Set(found.getRows().map(([column]) => String(column)));
  const selected = columns.map((column) =>
    there.has(column.name) ? column.name : `CAST(NULL AS ${column.type}) AS ${column.name}`,
  );
  const rows = there.size === 0 ? 'WHERE false' : `FROM main.${name}`;
  return `(SELECT ${selected.join(', ')} ${rows})`;
}

function copySql(
  { view, format }: ExportTarget,
  { source, path }: { readonly source: string; readonly path: string },
): string {
  const columns = view.columns.map(({ name, type }) => (type === 'JSON' ? jsonSql(name, format) : name));
  const select = `SELECT ${columns.join(', ')} FROM ${source} ORDER BY ${view.orderBy}`;
  return `COPY (${select}) TO ${quoted(resolve(path))} (${FORMAT_OPTIONS[format]})`;
}

/** JSON nests in JSON lines. Elsewhere it is text: readers of Parquet differ in what they make of its JSON type. */
function jsonSql(column: string, format: ExportFormat): string {
  return format === 'jsonl' ? column : `CAST(${column} AS VARCHAR) AS ${column}`;
}

function interrupted({ path }: ExportTarget): FluidscopeError {
  return new FluidscopeError(`Interrupted before ${path} was whole: it was not written`, {
    code: 'export.interrupted',
    hint: 'Files that were whole before stay; run the command again with --force to write them all.',
  });
}

function exportError(thrown: unknown, { path }: ExportTarget): FluidscopeError {
  return storageError(thrown, {
    subject: 'export',
    path,
    code: 'failed',
    message: `Cannot write ${path}`,
    hint: 'Give another folder with -o.',
  });
}
