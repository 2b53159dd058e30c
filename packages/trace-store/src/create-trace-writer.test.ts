import { runNs, wallNs } from '@fluidscope/units';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { createTraceWriter } from './create-trace-writer.js';
import { startChild } from './testing/child-process.js';
import { chunkRows } from './testing/chunk-rows.js';
import { query } from './testing/query.js';
import { requestStart, RUN_END, RUN_START } from './testing/records.js';
import { temporaryFolder, temporaryTracePath } from './testing/temporary-folder.js';
import { chunksOf, readTrace, rowsOf } from './testing/written-trace.js';

it('refuses a file that exists and leaves it as it is', async () => {
  const path = temporaryTracePath();
  writeFileSync(path, 'precious');
  await expect(createTraceWriter(path, RUN_START)).rejects.toMatchObject({
    code: 'trace.exists',
    message: `Expected a new file for the trace but ${path} exists`,
    exitStatus: 2,
  });
  expect(readFileSync(path, 'utf8')).toBe('precious');
});

it('refuses the log of another trace, which DuckDB would replay into the new one', async () => {
  const path = temporaryTracePath();
  writeFileSync(`${path}.wal`, 'precious');
  await expect(createTraceWriter(path, RUN_START)).rejects.toMatchObject({
    code: 'trace.exists',
    message: `Expected a new file for the trace but ${path}.wal exists`,
  });
});

it('replaces a file and its log when told to', async () => {
  const path = temporaryTracePath();
  writeFileSync(path, 'old');
  writeFileSync(`${path}.wal`, 'old');
  const writer = await createTraceWriter(path, RUN_START, { overwrite: true });
  await writer.close(RUN_END);
  expect((await readTrace(path, (reader) => reader.run())).runId).toBe('run-1');
  expect(readdirSync(dirname(path))).toEqual(['run.duckdb']);
});

it('keeps the file it was to replace when the new trace cannot be made', async () => {
  const path = temporaryTracePath();
  writeFileSync(path, 'old');
  writeFileSync(`${path}.wal`, 'old log');
  const unwritable = { ...RUN_START, startedWallNs: wallNs(2n ** 80n) };
  await expect(createTraceWriter(path, unwritable, { overwrite: true })).rejects.toMatchObject({
    code: 'trace.write-failed',
  });
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readFileSync(`${path}.wal`, 'utf8')).toBe('old log');
});

it('never replaces a folder', async () => {
  const path = temporaryTracePath();
  mkdirSync(path);
  await expect(createTraceWriter(path, RUN_START, { overwrite: true })).rejects.toMatchObject({
    code: 'trace.exists',
  });
});

it.each([
  ['missing', 'does not exist'],
  ['file', 'is a file'],
])('says what is wrong with the folder: %s', async (name, problem) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const path = join(folder, name, 'run.duckdb');
  await expect(createTraceWriter(path, RUN_START)).rejects.toMatchObject({
    code: 'trace.no-folder',
    message: `Expected a folder for ${path} but ${join(folder, name)} ${problem}`,
  });
});

it('makes rows of losses from what finds no room, and keeps what is rare', async () => {
  const path = temporaryTracePath();
  const writer = await createTraceWriter(path, RUN_START, { maxStagedRows: 100, flushIntervalMs: 60_000 });
  writer.appendChunks(chunkRows(0, 100));
  writer.appendChunks(chunkRows(100, 30));
  writer.appendChunks(chunkRows(130, 1));
  writer.appendChunkTokenCounts({
    requestIndex: 0,
    seq: new Uint32Array(101),
    tokenCount: new Uint32Array(101),
  });
  writer.appendRequestStarts(
    Array.from({ length: 300 }, (_, requestIndex) => requestStart({ requestIndex })),
  );
  await writer.close(RUN_END);
  expect(await chunksOf(path)).toEqual(rowsOf(chunkRows(0, 100)));
  await readTrace(path, async (reader) => {
    expect(await reader.requests()).toHaveLength(300);
    expect(await reader.losses()).toEqual([
      { source: 'trace_store.chunks', fromNs: 100_000, toNs: 130_000, count: 31, reason: 'write_queue_full' },
      {
        source: 'trace_store.chunk_token_counts',
        fromNs: 130_000,
        toNs: 130_000,
        count: 101,
        reason: 'write_queue_full',
      },
    ]);
  });
});

it('is one file when it is closed, and cut short when it is closed without an end', async () => {
  const path = temporaryTracePath();
  const writer = await createTraceWriter(path, RUN_START);
  writer.appendChunks(chunkRows(0, 5));
  await writer.close(undefined);
  expect(() => readFileSync(`${path}.wal`)).toThrow('ENOENT');
  expect((await readTrace(path, (reader) => reader.run())).end).toBeUndefined();
  expect(await chunksOf(path)).toHaveLength(5);
});

it.each([
  ['a fraction', 0.5],
  ['an infinity', Infinity],
  ['more than 2^53', 2 ** 60],
])('refuses %s of nanoseconds whole, and keeps what came before and after', async (_, badNs) => {
  const path = temporaryTracePath();
  const writer = await createTraceWriter(path, RUN_START);
  const bad = chunkRows(1, 1);
  bad.arrivalNs[0] = badNs;
  writer.appendChunks(chunkRows(0, 1));
  expect(() => writer.appendChunks(bad)).toThrow(RangeError);
  writer.appendChunks(chunkRows(1, 1));
  writer.appendRequestStarts([requestStart({ requestIndex: 0 })]);
  const badStart = { ...requestStart({ requestIndex: 1 }), sentNs: 0.5 as ReturnType<typeof runNs> };
  expect(() => writer.appendRequestStarts([badStart])).toThrow(RangeError);
  writer.appendRequestStarts([requestStart({ requestIndex: 2, sentNs: runNs(5) })]);
  await writer.close(RUN_END);
  expect(await chunksOf(path)).toEqual(rowsOf(chunkRows(0, 2)));
  expect(await query(path, 'SELECT request_index, sent_ns FROM requests ORDER BY request_index')).toEqual([
    { request_index: 0n, sent_ns: null },
    { request_index: 2n, sent_ns: 5n },
  ]);
});

it('can be closed twice, and takes nothing more', async () => {
  const path = temporaryTracePath();
  const writer = await createTraceWriter(path, RUN_START);
  const closing = writer.close(RUN_END);
  expect(() => writer.appendChunks(chunkRows(0, 1))).toThrow('closed');
  expect(() => writer.appendEvents([])).toThrow('closed');
  await Promise.all([closing, writer.close(RUN_END)]);
  expect(await query(path, 'SELECT count(*) AS n FROM run')).toEqual([{ n: 1n }]);
});

it('does not keep a process alive that forgets to close it', async () => {
  const path = temporaryTracePath();
  const child = startChild('forget-to-close.ts', [path]);
  await child.lineWhere((line) => line === 'appended');
  await new Promise((resolve) => child.process.once('exit', resolve));
  expect(child.process.exitCode).toBe(0);
});
