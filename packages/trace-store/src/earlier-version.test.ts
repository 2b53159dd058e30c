import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportTrace } from './export-trace.js';
import { temporaryFolder, temporaryTracePath } from './testing/temporary-folder.js';
import { chunksOf, readTrace } from './testing/written-trace.js';

async function traceOfVersion1(): Promise<string> {
  const path = temporaryTracePath();
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(readFileSync(new URL('testing/trace-v1.sql', import.meta.url), 'utf8'));
  connection.closeSync();
  instance.closeSync();
  return path;
}

it('reads a trace of schema version 1, which knew no agents', async () => {
  const path = await traceOfVersion1();
  await readTrace(path, async (reader) => {
    expect(await reader.run()).toMatchObject({ runId: 'old', end: { endedNs: 9_000 } });
    expect(await reader.requests()).toMatchObject([{ requestId: 'r000000', status: 'ok', ttftNs: 100 }]);
    expect(await reader.hostSamples({})).toMatchObject([{ metric: 'rss_bytes', timeNs: 7, value: 3 }]);
    expect(await reader.events()).toMatchObject([{ kind: 'load_stage', detail: { stage: 'measured' } }]);
    expect(await reader.losses()).toMatchObject([{ reason: 'disk_full', count: 3 }]);
    // What was not there is none, and no error.
    expect(await reader.agents()).toEqual([]);
    expect(await reader.sampleSeries({ scope: 'gpu', metrics: ['power_instant_mw'] })).toEqual([]);
    expect(await reader.clockOffsets()).toEqual([]);
    expect(await reader.episodes()).toEqual([]);
    for await (const misses of reader.deadlineMisses()) expect(misses).toEqual([]);
  });
  expect(await chunksOf(path)).toMatchObject([{ arrivalNs: 100 }, { arrivalNs: 250 }]);
});

it('exports it', async () => {
  const path = await traceOfVersion1();
  const exported = await exportTrace(path, { format: 'jsonl', folder: join(temporaryFolder(), 'tables') });
  expect(exported.map(({ view, rowsCount }) => [view, rowsCount])).toEqual(
    expect.arrayContaining([
      ['chunks', 2],
      ['gpu_samples', 0],
    ]),
  );
});
