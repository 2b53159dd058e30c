import { cpSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTraceWriter } from './create-trace-writer.js';
import { startChild } from './testing/child-process.js';
import { chunkRows } from './testing/chunk-rows.js';
import { query } from './testing/query.js';
import { RUN_START } from './testing/records.js';
import { CAN_MOUNT, smallDisk } from './testing/small-disk.js';
import { temporaryTracePath } from './testing/temporary-folder.js';
import { chunksOf, readTrace, rowsOf } from './testing/written-trace.js';

const ROWS_PER_S = 20_000;

it('is locked while it is written, and has all but the last second after a kill -9', async () => {
  const path = temporaryTracePath();
  const child = startChild('write-until-killed.ts', [path, String(ROWS_PER_S)]);
  await child.lineWhere((line) => appendOf(line).rowsCount > 0);
  await expectLocked(path);
  await child.lineWhere((line) => appendOf(line).rowsCount > 2.2 * ROWS_PER_S);
  const killedMs = Date.now();
  await child.kill();

  const appends = child.lines.map(appendOf);
  const safeCount = rowsAppended(appends.filter(({ atMs }) => atMs <= killedMs - 1_000));
  expect(safeCount).toBeGreaterThan(ROWS_PER_S / 2);
  const chunks = await chunksOf(path);
  expect(chunks.length).toBeGreaterThanOrEqual(safeCount);
  expect(chunks.length).toBeLessThanOrEqual(rowsAppended(appends));
  expect(chunks).toEqual(rowsOf(chunkRows(0, chunks.length)));

  await expectCutShort(path);
  await expectUnchangedByReading(path);
  await expectTraceWithoutLog(path);
  if (CAN_MOUNT) await expectReadableInReadOnlyFolder(path);
});

interface Append {
  readonly atMs: number;
  readonly rowsCount: number;
}

/** A line of `write-until-killed.ts`. */
function appendOf(line: string): Append {
  const [atMs = NaN, rowsCount = NaN] = line.split(' ').map(Number);
  return { atMs, rowsCount };
}

function rowsAppended(appends: readonly Append[]): number {
  return Math.max(0, ...appends.map(({ rowsCount }) => rowsCount));
}

async function expectLocked(path: string): Promise<void> {
  const locked = {
    code: 'trace.locked',
    message: `${path} is open in another program, which may still be writing it`,
  };
  await expect(readTrace(path, (reader) => reader.run())).rejects.toMatchObject(locked);
  await expect(createTraceWriter(path, RUN_START, { overwrite: true })).rejects.toMatchObject(locked);
}

async function expectCutShort(path: string): Promise<void> {
  expect((await readTrace(path, (reader) => reader.run())).end).toBeUndefined();
  expect(await query(path, 'SELECT cut_short, ended_ns, stop_reason FROM run')).toEqual([
    { cut_short: true, ended_ns: null, stop_reason: null },
  ]);
  const requests = await readTrace(path, (reader) => reader.requests());
  expect(requests.map(({ requestId, status }) => [requestId, status])).toEqual([
    ['r000000', undefined],
    ['r000001', undefined],
  ]);
}

async function expectUnchangedByReading(path: string): Promise<void> {
  expect(existsSync(`${path}.wal`)).toBe(true);
  const sizesBytes = () => [statSync(path).size, statSync(`${path}.wal`).size];
  const before = sizesBytes();
  await chunksOf(path);
  expect(sizesBytes()).toEqual(before);
}

/** Only the rows are missing then. */
async function expectTraceWithoutLog(path: string): Promise<void> {
  const copy = temporaryTracePath();
  cpSync(path, copy);
  expect((await readTrace(copy, (reader) => reader.run())).runId).toBe(RUN_START.runId);
}

async function expectReadableInReadOnlyFolder(path: string): Promise<void> {
  const disk = smallDisk(16_384);
  const copy = join(disk.folder, 'run.duckdb');
  cpSync(path, copy);
  cpSync(`${path}.wal`, `${copy}.wal`);
  disk.makeReadOnly();
  expect(await chunksOf(copy)).toEqual(await chunksOf(path));
}
