import { runNs } from '@fluidscope/units';
import { readdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createTraceWriter } from './create-trace-writer.js';
import { exportTrace } from './export-trace.js';
import { chunkRows } from './testing/chunk-rows.js';
import { RUN_END, RUN_START } from './testing/records.js';
import { CAN_MOUNT, smallDisk } from './testing/small-disk.js';
import { chunksOf, readTrace, rowsOf, writeTrace } from './testing/written-trace.js';

const ROWS_PER_APPEND = 10_000;

describe.skipIf(!CAN_MOUNT)('on a disk that is full', () => {
  it('a trace cannot be created, and leaves nothing behind', async () => {
    const { folder } = smallDisk(64);
    writeFileSync(join(folder, 'filler'), new Uint8Array(60 * 1_024));
    const path = join(folder, 'run.duckdb');
    await expect(createTraceWriter(path, RUN_START)).rejects.toMatchObject({
      code: 'trace.disk-full',
      message: `The disk is full: ${path} cannot grow`,
      hint: expect.stringContaining('-o') as string,
    });
    expect(readdirSync(folder)).toEqual(['filler']);
  });

  it('a run is told once, and what was committed stays readable', async () => {
    const { folder } = smallDisk(4_096);
    const path = join(folder, 'run.duckdb');
    const writer = await createTraceWriter(path, RUN_START, { flushIntervalMs: 5 });
    const { failure, appendedRows } = await appendUntilFailed(writer);
    expect(failure).toMatchObject({
      code: 'trace.disk-full',
      message: expect.stringMatching(
        /^The disk is full: .* cannot grow; \d+ rows are in it and its .wal, the \d+ rows/,
      ) as string,
    });

    writer.appendChunks(chunkRows(0, ROWS_PER_APPEND));
    const closing: unknown = await writer.close(RUN_END).catch((error: unknown) => error);
    const chunks = await chunksOf(path);
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks).toEqual(rowsOf(chunkRows(0, chunks.length)));
    const lostRows = appendedRows + ROWS_PER_APPEND - chunks.length;
    expect(closing).toMatchObject({
      code: 'trace.disk-full',
      message: `The disk is full: ${path} cannot grow; ${chunks.length + 1} rows are in it and its .wal, the ${lostRows} rows that came later are lost`,
    });
    expect((await readTrace(path, (reader) => reader.run())).end).toBeUndefined();
  });

  it('a trace that can be ended but not merged with its log has every row in both files', async () => {
    const { folder } = smallDisk(4_096);
    const path = join(folder, 'run.duckdb');
    const writer = await createTraceWriter(path, RUN_START, { flushIntervalMs: 5 });
    writer.appendChunks(chunkRows(0, 40_000));
    await vi.waitUntil(() => sizeBytesOf(`${path}.wal`) > 1_000_000, { timeout: 30_000 });
    fillExcept(folder, 64 * 1_024);
    await expect(writer.close(RUN_END)).rejects.toMatchObject({
      code: 'trace.disk-full',
      message: `The disk is full: ${path} cannot grow; 40002 rows are in it and its .wal, no row is lost`,
    });
    expect(await chunksOf(path)).toEqual(rowsOf(chunkRows(0, 40_000)));
    expect((await readTrace(path, (reader) => reader.run())).end).toEqual(RUN_END);
  });

  it('an export is refused, and leaves no half a file behind', async () => {
    const path = await writeTrace((writer) => writer.appendChunks(chunkRows(0, 200_000)));
    const { folder } = smallDisk(256);
    await expect(
      exportTrace(path, { folder, format: 'csv', views: ['run', 'chunks'] }),
    ).rejects.toMatchObject({
      code: 'export.disk-full',
      message: `The disk is full: ${join(folder, 'chunks.csv')} cannot grow`,
    });
    expect(readdirSync(folder)).toEqual(['run.csv']);
  });
});

describe.skipIf(!CAN_MOUNT)('in a folder that cannot be written', () => {
  it('a trace cannot be created', async () => {
    const disk = smallDisk(1_024);
    disk.makeReadOnly();
    const path = join(disk.folder, 'run.duckdb');
    await expect(createTraceWriter(path, RUN_START)).rejects.toMatchObject({
      code: 'trace.not-permitted',
      message: `Expected permission for ${path} but the file or its folder is closed to this user or read-only`,
    });
  });

  it('an export is refused', async () => {
    const path = await writeTrace((writer) =>
      writer.appendEvents([{ source: 's', kind: 'k', timeNs: runNs(0), detail: 1 }]),
    );
    const disk = smallDisk(1_024);
    disk.makeReadOnly();
    const folder = join(disk.folder, 'export');
    await expect(exportTrace(path, { folder, format: 'csv' })).rejects.toMatchObject({
      code: 'export.not-permitted',
    });
    await expect(exportTrace(path, { folder: disk.folder, format: 'csv' })).rejects.toMatchObject({
      code: 'export.not-permitted',
    });
  });
});

function sizeBytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Leaves `freeBytes` of the disk. */
function fillExcept(folder: string, freeBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), new Uint8Array(bavail * bsize - freeBytes));
}

async function appendUntilFailed(
  writer: Awaited<ReturnType<typeof createTraceWriter>>,
): Promise<{ readonly failure: unknown; readonly appendedRows: number }> {
  let failure: unknown;
  let appendedRows = 0;
  writer.failed.catch((error: unknown) => (failure = error));
  while (failure === undefined) {
    writer.appendChunks(chunkRows(appendedRows, ROWS_PER_APPEND));
    appendedRows += ROWS_PER_APPEND;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { failure, appendedRows };
}
