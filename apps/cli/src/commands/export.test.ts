import type { RunStart } from '@fluidscope/trace-schema';
import { createTraceWriter } from '@fluidscope/trace-store';
import { durationNs, monoNs, runNs, wallNs } from '@fluidscope/units';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { exportProgressText } from '../export-progress-line.js';
import { runInMemory } from '../testing/run-in-memory.js';

const START: RunStart = {
  runId: 'run-1',
  startedWallNs: wallNs(1n),
  startedMonoNs: monoNs(1n),
  config: {},
  versions: {},
  machine: {},
  stampOverheadNs: durationNs(1),
  clockResolutionNs: durationNs(1),
};

let folder: string;
let trace: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-export-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  trace = join(folder, 'run.duckdb');
  const writer = await createTraceWriter(trace, START);
  writer.appendEvents([{ source: 'client', kind: 'gc', timeNs: runNs(5), detail: { pause_ns: 7 } }]);
  await writer.close({ endedNs: runNs(9), stopReason: 'finished' });
});

describe('fluidscope export', () => {
  it('writes every view as Parquet by default and lists the files', async () => {
    const output = join(folder, 'out');
    const { status, stdout, stderr } = await runInMemory(['export', trace, '-o', output]);
    expect([status, stderr]).toEqual([0, '']);
    expect(readdirSync(output)).toHaveLength(13);
    expect(stdout).toContain(`run              1 row   ${join(output, 'run.parquet')}\n`);
    expect(stdout).toContain(`chunks           0 rows  ${join(output, 'chunks.parquet')}\n`);
  });

  it('writes the views it is asked for, and prints JSON', async () => {
    const output = join(folder, 'out');
    const views = ['--view', 'events', '--view', 'run'];
    const { stdout } = await runInMemory([
      'export',
      trace,
      '--format',
      'jsonl',
      '-o',
      output,
      ...views,
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual({
      files: [
        { view: 'run', path: join(output, 'run.jsonl'), rows_count: 1 },
        { view: 'events', path: join(output, 'events.jsonl'), rows_count: 1 },
      ],
    });
    expect(readFileSync(join(output, 'events.jsonl'), 'utf8')).toBe(
      '{"source":"client","kind":"gc","t_ns":5,"detail":{"pause_ns":7}}\n',
    );
  });

  it('reports every wrong flag at once', async () => {
    const { status, stderr } = await runInMemory(['export', trace, '--format', 'xlsx', '--view', 'tokens']);
    expect(status).toBe(2);
    expect(stderr).toContain(
      '--format: expected one of parquet, csv, jsonl, perfetto, aiperf, vllm but received "xlsx"',
    );
    expect(stderr).toContain('--view: expected one of run, requests, chunks,');
    expect(stderr).toContain('--output: expected a folder for the files but received none');
    expect(stderr).toContain('hint: See fluidscope export --help');
  });

  it('replaces files only with --force', async () => {
    const args = ['export', trace, '--format', 'csv', '-o', folder, '--view', 'run'];
    writeFileSync(join(folder, 'run.csv'), 'old');
    const refused = await runInMemory(args);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      `Expected a new file for the export but ${join(folder, 'run.csv')} exists`,
    );
    expect(refused.stderr).toContain('--force');
    expect((await runInMemory([...args, '--force'])).status).toBe(0);
    expect(readFileSync(join(folder, 'run.csv'), 'utf8')).toMatch(/^run_id,/);
  });

  it('says what a file is that is no trace', async () => {
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'not a trace');
    const { status, stdout, stderr } = await runInMemory(['export', file, '-o', join(folder, 'out')]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      `error: Expected a fluidscope trace for ${file} but received a file of another kind\nhint: `,
    );
  });

  it('fails when it is interrupted', async () => {
    const { status, stderr } = await runInMemory(['export', trace, '-o', join(folder, 'out')], {
      interrupted: AbortSignal.abort(),
    });
    expect(status).toBe(1);
    expect(stderr).toContain('error: Interrupted before');
  });

  it('shows examples', async () => {
    const { status, stdout } = await runInMemory(['export', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('$ fluidscope export run.duckdb -o run-parquet');
  });
});

it('shows how far an export is', () => {
  const views = { viewIndex: 2, viewsCount: 4 };
  expect(exportProgressText({ view: 'chunks', ...views, doneRatio: 0 })).toBe(
    '[==========          ] chunks (3 of 4)',
  );
  expect(exportProgressText({ view: 'chunks', ...views, doneRatio: 0.8 })).toBe(
    '[==============      ] chunks (3 of 4)',
  );
});
