import { TRACE_SCHEMA_VERSION } from '@fluidscope/trace-schema';
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTraceReader } from './open-trace-reader.js';
import { chunkRows } from './testing/chunk-rows.js';
import { temporaryFolder, temporaryTracePath } from './testing/temporary-folder.js';
import { chunksOf, readTrace, writeTrace } from './testing/written-trace.js';

/** Changes a database by SQL. */
async function change(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

/** Of the first header of a database file, as DuckDB computes it: without it the changed version is damage. */
function headerChecksum(bytes: Buffer): bigint {
  let checksum = 5_381n;
  for (let at = 8; at < 4_096; at += 8) {
    checksum ^= BigInt.asUintN(64, bytes.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n);
  }
  return checksum;
}

describe('what is not a trace', () => {
  it.each([
    ['a text', 'request_id,send_ns\n'.repeat(500), 'a file of another kind'],
    ['a file of one byte', 'x', 'a file of another kind'],
    ['an empty file', '', 'an empty file'],
  ])('%s is named as such', async (_, content, received) => {
    const path = temporaryTracePath();
    writeFileSync(path, content);
    await expect(openTraceReader(path)).rejects.toMatchObject({
      code: 'trace.not-a-trace',
      message: `Expected a fluidscope trace for ${path} but received ${received}`,
      exitStatus: 2,
    });
  });

  it('a folder is named as such', async () => {
    const path = temporaryFolder();
    await expect(openTraceReader(path)).rejects.toMatchObject({
      code: 'trace.not-a-trace',
      message: `Expected a fluidscope trace for ${path} but received a folder`,
    });
  });

  it.each([
    ['without such a view', 'CREATE TABLE t (i INTEGER)'],
    ['with another run', 'CREATE TABLE run (distance_km DOUBLE)'],
    ['whose run is empty', 'CREATE TABLE run (schema_version BIGINT)'],
  ])('a database %s is named as such', async (_, sql) => {
    const path = temporaryTracePath();
    await change(path, sql);
    await expect(openTraceReader(path)).rejects.toMatchObject({
      code: 'trace.not-a-trace',
      message: `Expected a fluidscope trace for ${path} but received a DuckDB database of another kind`,
    });
  });

  it.each(['missing.duckdb', 'missing/run.duckdb'])(
    'a path to nothing is named as such: %s',
    async (name) => {
      const path = join(temporaryFolder(), name);
      await expect(openTraceReader(path)).rejects.toMatchObject({ code: 'trace.not-found', exitStatus: 2 });
    },
  );

  it('a path through a file is named as such', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(openTraceReader(join(file, 'run.duckdb'))).rejects.toMatchObject({
      code: 'trace.not-found',
    });
  });
});

describe('a trace of another version', () => {
  it('is refused with both versions when its schema is newer', async () => {
    const path = await writeTrace(() => {});
    await change(path, `UPDATE recorded.run_start SET schema_version = ${TRACE_SCHEMA_VERSION + 1}`);
    await expect(openTraceReader(path)).rejects.toMatchObject({
      code: 'trace.newer-schema',
      message: `Expected a trace of schema version ${TRACE_SCHEMA_VERSION} or older for ${path} but received version ${TRACE_SCHEMA_VERSION + 1}`,
      hint: expect.stringContaining('update') as string,
    });
  });

  it('is refused when a newer DuckDB wrote it', async () => {
    const path = await writeTrace(() => {});
    const bytes = readFileSync(path);
    bytes.writeBigUInt64LE(9_999n, 12);
    bytes.writeBigUInt64LE(headerChecksum(bytes), 0);
    writeFileSync(path, bytes);
    await expect(openTraceReader(path)).rejects.toMatchObject({
      code: 'trace.newer-storage',
      message: `${path} was written by a newer DuckDB than the one in this fluidscope`,
    });
  });
});

describe('a damaged trace', () => {
  it.each([12, 5_000, 20_000, 200_000])('is refused when only %i bytes of it are left', async (sizeBytes) => {
    const path = await writeTrace((writer) => writer.appendChunks(chunkRows(0, 100_000)));
    truncateSync(path, sizeBytes);
    await expect(openTraceReader(path)).rejects.toMatchObject({
      code: 'trace.unreadable',
      hint: expect.stringContaining('damaged') as string,
    });
  });

  it('is refused where a query meets the damage', async () => {
    const path = await writeTrace((writer) => writer.appendChunks(chunkRows(0, 100_000)));
    const bytes = readFileSync(path);
    bytes.fill(0xff, bytes.length - 400_000, bytes.length - 100_000);
    writeFileSync(path, bytes);
    await expect(chunksOf(path)).rejects.toMatchObject({ code: 'trace.unreadable' });
  });

  it('is refused where a column holds what it cannot hold', async () => {
    const path = await writeTrace(() => {});
    await change(path, 'UPDATE recorded.run_start SET stamp_overhead_ns = 9223372036854775807');
    await expect(readTrace(path, (reader) => reader.run())).rejects.toMatchObject({
      code: 'trace.damaged',
      message: expect.stringContaining('below 2^53') as string,
    });
  });
});

it('gives the SQL of a trace from elsewhere no other file of this machine', async () => {
  const path = await writeTrace(() => {});
  const secret = join(temporaryFolder(), 'secret.csv');
  writeFileSync(secret, 'a\n1\n');
  await change(
    path,
    `DROP VIEW main.losses; CREATE VIEW main.losses AS SELECT 'x' AS source, 0::BIGINT AS from_ns, 0::BIGINT AS to_ns, a AS count, 'y' AS reason FROM read_csv('${secret}')`,
  );
  await expect(readTrace(path, (reader) => reader.losses())).rejects.toThrow(
    /file system operations are disabled/,
  );
});

it('opens a path with quotes, spaces and a colon as the file it names', async () => {
  const folder = join(temporaryFolder(), "it's: a folder");
  mkdirSync(folder);
  const path = join(folder, 'run.duckdb');
  writeFileSync(path, readFileSync(await writeTrace(() => {})));
  expect((await readTrace(path, (reader) => reader.run())).runId).toBe('run-1');
});
