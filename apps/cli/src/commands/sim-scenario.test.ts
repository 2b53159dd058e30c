import { openTraceReader } from '@fluidscope/trace-store';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const SCENARIO = `
name: pause
duration: 3s
deadlines: { ttft: 200ms, tbt: 12ms }
load: { arrivals: { kind: constant, rate: 4 }, prompt_tokens: 200, output_tokens: 100 }
faults:
  - { kind: engine_pause, at: 1500ms, pause: 600ms }
  - { kind: client_blocked, at: 500ms, block: 20ms }
`;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim-scenario-'));
  file = join(folder, 'pause.yaml');
  await writeFile(file, SCENARIO);
});
afterEach(() => rm(folder, { recursive: true }));

it('runs a scenario in virtual time into a trace, with the truth beside it', async () => {
  const [trace, truth] = [join(folder, 'a.duckdb'), join(folder, 'a.json')];
  const args = [
    'sim',
    '--scenario',
    file,
    '--virtual',
    '-o',
    trace,
    '--truth',
    truth,
    '--seed',
    '3',
    '--json',
  ];
  const { status, stdout, stderr } = await runInMemory(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const result = JSON.parse(stdout) as { requests_count: number; missed_count: number };
  const told = JSON.parse(await readFile(truth, 'utf8')) as {
    missed_count: number;
    without: Record<string, { missed_count: number }>;
    misses: { effects: Record<string, number> }[];
  };
  expect(told.missed_count).toBe(result.missed_count);
  expect(told.without['engine_pause']?.missed_count).toBe(0);
  expect(told.misses.length).toBeGreaterThan(0);
  for (const { effects } of told.misses) expect(effects).toEqual({ engine_pause: 1 });
  const reader = await openTraceReader(trace);
  expect(await reader.requests()).toHaveLength(result.requests_count);
  expect((await reader.sampleSeries({ scope: 'gpu', metrics: ['power_instant_mw'] })).length).toBe(1);
  expect((await reader.serverSamples({ metric: 'requests_running_count' })).length).toBeGreaterThan(10);
  await reader.close();
});

it('names the file and the path of what is wrong in it, and what flags miss', async () => {
  await writeFile(file, SCENARIO.replace('600ms', '600'));
  const wrong = await runInMemory(['sim', '--scenario', file, '--virtual', '-o', join(folder, 'b.duckdb')]);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain(
    `${file}: Expected a time with its unit, such as 150ms or 2s, for faults.0.pause but received 600`,
  );
  const absent = await runInMemory(['sim', '--scenario', join(folder, 'none.yaml'), '--virtual', '-o', 'x']);
  expect(absent.status).not.toBe(0);
  expect(absent.stderr).toContain('Expected a scenario file');
  const unfinished = await runInMemory(['sim', '--virtual']);
  expect(unfinished.stderr).toContain('--virtual');
  expect(unfinished.status).toBe(2);
});
