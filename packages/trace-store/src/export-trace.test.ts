import { runNs } from '@fluidscope/units';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportTrace, type ExportProgress } from './export-trace.js';
import { EXPORT_FORMATS } from './export-view.js';
import { TRACE_VIEW_NAMES } from './schema.js';
import { chunkRows } from './testing/chunk-rows.js';
import { query } from './testing/query.js';
import { requestEnd, requestStart, RUN_START } from './testing/records.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { writeTrace } from './testing/written-trace.js';

const EVENT = {
  source: 'a "quoted", text\nof two lines',
  kind: '',
  timeNs: runNs(4),
  detail: { ms: [1, null] },
};

/** A trace with what exports may get wrong: NULLs, empty texts, JSON, quotes, line ends, requests out of order. */
function tracePath(): Promise<string> {
  return writeTrace((writer) => {
    writer.appendRequestStarts([requestStart({ requestIndex: 1 }), requestStart({ requestIndex: 0 })]);
    writer.appendRequestEnds([requestEnd({ requestIndex: 0, errorMessage: '' })]);
    writer.appendChunks(chunkRows(0, 5));
    writer.appendChunkTokenCounts({ requestIndex: 1, seq: Uint32Array.of(0), tokenCount: Uint32Array.of(7) });
    writer.appendEvents([EVENT]);
  });
}

describe.each(EXPORT_FORMATS)('an export to %s', (format) => {
  it('has a file for each view, and the rows that the view has', async () => {
    const path = await tracePath();
    const folder = join(temporaryFolder(), 'made', 'for it');
    const files = await exportTrace(path, { folder, format });
    expect(files.map(({ view }) => view)).toEqual(TRACE_VIEW_NAMES);
    expect(readdirSync(folder).toSorted()).toEqual(
      TRACE_VIEW_NAMES.map((name) => `${name}.${format}`).toSorted(),
    );
    for (const { view, path: file, rowsCount } of files) {
      const [counted] = await query(path, `SELECT count(*)::INTEGER AS n FROM ${view}`);
      expect([view, file, rowsCount]).toEqual([view, join(folder, `${view}.${format}`), counted?.n]);
    }
  });
});

describe('the content of an export', () => {
  it('is sorted, exact and typed in Parquet', async () => {
    const path = await tracePath();
    const folder = temporaryFolder();
    await exportTrace(path, { folder, format: 'parquet' });
    expect(await query(path, `SELECT * FROM '${folder}/chunks.parquet'`)).toEqual(
      await query(path, 'FROM chunks ORDER BY request_index, seq'),
    );
    expect(await query(path, `SELECT * FROM '${folder}/requests.parquet'`)).toEqual(
      await query(path, 'FROM requests ORDER BY request_index'),
    );
    const schema = `SELECT name, type, converted_type FROM parquet_schema('${folder}/run.parquet') WHERE name IN ('ended_ns', 'config', 'cut_short')`;
    expect(await query(path, schema)).toEqual([
      { name: 'ended_ns', type: 'INT64', converted_type: 'INT_64' },
      { name: 'config', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      { name: 'cut_short', type: 'BOOLEAN', converted_type: null },
    ]);
  });

  it('has NULL as an empty field in CSV, an empty text as two quotes, JSON as text', async () => {
    const folder = temporaryFolder();
    await exportTrace(await tracePath(), { folder, format: 'csv', views: ['chunks', 'events', 'requests'] });
    expect(readFileSync(join(folder, 'chunks.csv'), 'utf8')).toBe(
      [
        'request_id,seq,arrival_ns,token_count,stamp_source,error_ns,request_index',
        'r000000,0,0,1,kernel,,0',
        'r000000,1,2000,1,kernel,2,0',
        'r000000,2,4000,1,kernel,4,0',
        'r000001,0,1000,7,user,1,1',
        'r000001,1,3000,1,user,,1',
        '',
      ].join('\n'),
    );
    expect(readFileSync(join(folder, 'events.csv'), 'utf8')).toBe(
      'source,kind,t_ns,detail\n"a ""quoted"", text\nof two lines","",4,"{""ms"":[1,null]}"\n',
    );
    const [, failed = '', inFlight = ''] = readFileSync(join(folder, 'requests.csv'), 'utf8').split('\n');
    expect(failed).toMatch(/^r000000,,0,,,0,error,connect,.*,"",/);
    expect(inFlight).toMatch(/^r000001,,0,,,,,,/);
  });

  it('nests JSON in JSON lines and keeps all 64 bits of a number', async () => {
    const folder = temporaryFolder();
    await exportTrace(await tracePath(), { folder, format: 'jsonl', views: ['events', 'run'] });
    expect(JSON.parse(readFileSync(join(folder, 'events.jsonl'), 'utf8'))).toEqual({
      source: EVENT.source,
      kind: '',
      t_ns: 4,
      detail: EVENT.detail,
    });
    const run = readFileSync(join(folder, 'run.jsonl'), 'utf8');
    expect(run).toContain(`"started_wall_ns":${RUN_START.startedWallNs},`);
    expect(JSON.parse(run)).toMatchObject({ config: RUN_START.config, machine: RUN_START.machine });
  });
});

describe('an export that is refused', () => {
  it('names every file that exists, and writes none', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'run.csv'), 'precious');
    writeFileSync(join(folder, 'losses.csv'), 'precious');
    await expect(exportTrace(await tracePath(), { folder, format: 'csv' })).rejects.toMatchObject({
      code: 'export.exists',
      problems: ['run', 'losses'].map(
        (view) => `Expected a new file for the export but ${join(folder, `${view}.csv`)} exists`,
      ),
      exitStatus: 2,
    });
    expect(readdirSync(folder).toSorted()).toEqual(['losses.csv', 'run.csv']);
    expect(readFileSync(join(folder, 'run.csv'), 'utf8')).toBe('precious');
  });

  it('replaces them when told to', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'run.csv'), 'old');
    await exportTrace(await tracePath(), { folder, format: 'csv', views: ['run'], overwrite: true });
    expect(readFileSync(join(folder, 'run.csv'), 'utf8')).toMatch(/^run_id,/);
  });

  it('names the views there are', async () => {
    const folder = temporaryFolder();
    await expect(
      exportTrace(await tracePath(), { folder, format: 'csv', views: ['run', 'tokens', 'gpus'] }),
    ).rejects.toMatchObject({
      code: 'export.unknown-view',
      problems: [
        `expected one of ${TRACE_VIEW_NAMES.join(', ')} but received "tokens"`,
        `expected one of ${TRACE_VIEW_NAMES.join(', ')} but received "gpus"`,
      ],
    });
  });

  it('says what is wrong with the folder', async () => {
    const folder = join(temporaryFolder(), 'file');
    writeFileSync(folder, '');
    await expect(exportTrace(await tracePath(), { folder, format: 'csv' })).rejects.toMatchObject({
      code: 'export.failed',
      message: expect.stringContaining(`Cannot create the folder ${folder}`) as string,
    });
  });

  it('says that a folder stands where a file should', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'run.csv'));
    await expect(
      exportTrace(await tracePath(), { folder, format: 'csv', views: ['run'], overwrite: true }),
    ).rejects.toMatchObject({ code: 'export.failed' });
    expect(existsSync(join(folder, 'run.csv.partial'))).toBe(false);
  });

  it('makes no folder for what is not a trace', async () => {
    const folder = join(temporaryFolder(), 'export');
    await expect(exportTrace(join(folder, 'none.duckdb'), { folder, format: 'csv' })).rejects.toMatchObject({
      code: 'trace.not-found',
    });
    expect(existsSync(folder)).toBe(false);
  });
});

describe('an export that is interrupted', () => {
  it.each([
    ['as it begins', 1],
    ['in the middle of a view', 2],
  ])('%s leaves no half a file', async (_, callCount) => {
    const path = await writeTrace((writer) => writer.appendChunks(chunkRows(0, 400_000)));
    const folder = temporaryFolder();
    const controller = new AbortController();
    const seen: ExportProgress[] = [];
    const onProgress = (progress: ExportProgress) => {
      seen.push(progress);
      if (seen.filter(({ view }) => view === 'chunks').length === callCount) controller.abort();
    };
    const views = ['run', 'chunks'];
    const { signal } = controller;
    await expect(
      exportTrace(path, { folder, format: 'jsonl', views, signal, onProgress }),
    ).rejects.toMatchObject({
      code: 'export.interrupted',
      message: `Interrupted before ${join(folder, 'chunks.jsonl')} was whole: it was not written`,
    });
    expect(seen[0]).toEqual({ view: 'run', viewIndex: 0, viewsCount: 2, doneRatio: 0 });
    expect(seen.at(-1)).toMatchObject({ view: 'chunks', viewIndex: 1 });
    expect(readdirSync(folder)).toEqual(['run.jsonl']);
  });
});
