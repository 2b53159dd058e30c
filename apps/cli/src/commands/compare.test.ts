import { parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { createTraceWriter } from '@fluidscope/trace-store';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const CALM = `
name: calm
duration: 60s
deadlines: { ttft: 300ms, tbt: 12ms }
gpus: { per_replica: 1 }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 30 }
faults: []
`;
const PAUSES = 'faults: [{ kind: engine_pause, at: 3s, every: 7s, pause: 700ms }]';

describe('fluidscope compare', { timeout: 60_000 }, () => {
  let folder: string;
  let [calm, again, paused, empty] = ['', '', '', ''];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fluidscope-compare-'));
    calm = await trace('calm', 1);
    again = await trace('again', 2);
    paused = await trace('paused', 3, PAUSES);
    empty = join(folder, 'empty.duckdb');
    const writer = await createTraceWriter(empty, runStartOf(parseScenario(CALM), 1));
    await writer.close(undefined);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function trace(name: string, seed: number, ...overlays: readonly string[]): Promise<string> {
    const path = join(folder, `${name}.duckdb`);
    const scenario = parseScenario(CALM, ...overlays);
    await runScenario(scenario, seed, await createTraceWriter(path, runStartOf(scenario, seed)));
    return path;
  }

  it('says which differences are real, and that none is between runs alike', async () => {
    const { status, stdout } = await runInMemory(['compare', calm, paused]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Fluidity-index +1\.0000 .*real: B worse$/m);
    expect(stdout).toMatch(/^TTFT p99 .*too few requests to say$/m);
    const alike = await runInMemory(['compare', calm, again]);
    expect(alike.stdout).not.toMatch(/real: B/);
  });

  it('gives the same figures as JSON', async () => {
    const { status, stdout } = await runInMemory([
      'compare',
      calm,
      paused,
      '--json',
      '--gate',
      'error_rate<=5%',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      runs: [{ name: calm, failed_requests: 0 }, { name: paused }],
      confidence: 0.95,
      figures: expect.arrayContaining([
        expect.objectContaining({ metric: 'fluidity_index', word: 'real' }),
        expect.objectContaining({ metric: 'p99_tbt' }),
      ]) as unknown[],
      gates: [{ gate: 'error_rate<=5%', value: 0, verdict: 'passed' }],
    });
  });

  it('exits 3 where a gate fails, and names it with its value and interval', async () => {
    const { status, stderr } = await runInMemory([
      'compare',
      calm,
      paused,
      '--gate',
      'missed_deadlines<=+0.1pp',
      '--gate',
      'p50_ttft<=10s',
    ]);
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /missed_deadlines<=\+0\.1pp: failed with \+\d\.\d\d pp \[\+\d\.\d\d pp … \+\d\.\d\d pp\]/,
    );
    expect(stderr).not.toContain('p50_ttft');
  });

  it('says aloud what it cannot tell, and lets that fail where asked', async () => {
    const args = ['compare', calm, again, '--gate', 'p99_ttft<=+5%'];
    const passed = await runInMemory(args);
    expect(passed.status).toBe(0);
    expect(passed.stderr).toMatch(
      /^warning: p99_ttft<=\+5%: undecided with .*too short or too noisy to tell/,
    );
    expect((await runInMemory([...args, '--undecided', 'fail'])).status).toBe(3);
    expect((await runInMemory([...args, '--quiet'])).stderr).toBe('');
  });

  it('names every wrong flag and gate at once', async () => {
    const { status, stderr } = await runInMemory([
      'compare',
      calm,
      again,
      '--gate',
      'ttft:1 nonsense',
      '--gate',
      'error_rate<=+1%',
      '--undecided',
      'maybe',
      '--json',
      '--markdown',
    ]);
    expect(status).toBe(2);
    for (const part of ['"ttft:1"', '"nonsense"', '+1pp', '--undecided', '--markdown'])
      expect(stderr).toContain(part);
  });

  it('exits 2 without a trace and 4 where nothing was measured', async () => {
    expect((await runInMemory(['compare', calm, join(folder, 'absent.duckdb')])).status).toBe(2);
    const { status, stderr } = await runInMemory(['compare', calm, empty]);
    expect([status, stderr]).toEqual([4, expect.stringContaining('empty.duckdb')]);
  });

  it('writes both runs on one page, and a Markdown table whose cells hold', async () => {
    const page = join(folder, 'page.html');
    const { status, stdout } = await runInMemory([
      'compare',
      calm,
      paused,
      '-o',
      page,
      '--markdown',
      '--gate',
      'p50_ttft<=10s',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('| passed | `p50_ttft<=10s` |');
    const rows = stdout.split('\n').filter((line) => line.startsWith('| TTFT'));
    expect(rows.map((row) => row.split('|').length)).toEqual([9, 9, 9]);
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/);
    expect((await runInMemory(['compare', calm, paused, '-o', page])).status).toBe(2);
    expect(existsSync(page)).toBe(true);
  });
});
