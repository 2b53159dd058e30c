import type { ChunkColumns, TraceReader, TraceWriter } from '@fluidscope/trace-schema';
import { createTraceWriter } from '../create-trace-writer.js';
import { openTraceReader } from '../open-trace-reader.js';
import { RUN_END, RUN_START } from './records.js';
import { temporaryTracePath } from './temporary-folder.js';

/** Writes a whole trace and returns its path. */
export async function writeTrace(write: (writer: TraceWriter) => void | Promise<void>): Promise<string> {
  const path = temporaryTracePath();
  const writer = await createTraceWriter(path, RUN_START);
  await write(writer);
  await writer.close(RUN_END);
  return path;
}

/** Opens a trace for as long as `read` takes. */
export async function readTrace<T>(path: string, read: (reader: TraceReader) => Promise<T>): Promise<T> {
  const reader = await openTraceReader(path);
  try {
    return await read(reader);
  } finally {
    await reader.close();
  }
}

export interface ChunkRow {
  readonly requestIndex: number;
  readonly seq: number;
  readonly arrivalNs: number;
  readonly tokenCount: number;
  readonly stampSource: number;
  readonly errorNs: number;
}

/** Columns as rows, for a test to compare. */
export function rowsOf(columns: ChunkColumns): readonly ChunkRow[] {
  return Array.from({ length: columns.length }, (_, row) => ({
    requestIndex: columns.requestIndex[row] ?? NaN,
    seq: columns.seq[row] ?? NaN,
    arrivalNs: columns.arrivalNs[row] ?? NaN,
    tokenCount: columns.tokenCount[row] ?? NaN,
    stampSource: columns.stampSource[row] ?? NaN,
    errorNs: columns.errorNs[row] ?? NaN,
  }));
}

/** Rows as columns, for a writer to append. */
export function columnsOf(rows: readonly ChunkRow[]): ChunkColumns {
  return {
    length: rows.length,
    requestIndex: Uint32Array.from(rows, (row) => row.requestIndex),
    seq: Uint32Array.from(rows, (row) => row.seq),
    arrivalNs: Float64Array.from(rows, (row) => row.arrivalNs),
    tokenCount: Uint32Array.from(rows, (row) => row.tokenCount),
    stampSource: Uint8Array.from(rows, (row) => row.stampSource),
    errorNs: Float64Array.from(rows, (row) => row.errorNs),
  };
}

/** Every chunk of a trace, in the order of the reader. */
export async function chunksOf(path: string): Promise<readonly ChunkRow[]> {
  return readTrace(path, async (reader) => {
    const rows: ChunkRow[] = [];
    for await (const batch of reader.chunks()) rows.push(...rowsOf(batch));
    return rows;
  });
}
