import { startLlmSim, type LlmSim } from '@fluidscope/llm-sim';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

let sim: LlmSim;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capacity-'));
  const overrides = { maxSequenceCount: 4 };
  sim = await startLlmSim({ engine: { kind: 'profile', profile: 'a100-llama3-8b', overrides } });
});
afterAll(async () => {
  await sim.close();
  await rm(folder, { recursive: true });
});

const WORKLOAD = '--isl 16 --osl 3 --ignore-eos --drain 2s --ttft-deadline 400ms --tbt-deadline 100ms';

function capacity(output: string, flags: string): ReturnType<typeof runInMemory> {
  const target = ['-u', sim.url, '-m', sim.model, '-o', join(folder, output)];
  return runInMemory(['capacity', ...target, ...WORKLOAD.split(' '), ...flags.split(' '), '--json']);
}

interface Printed {
  readonly answer: string;
  readonly load: number | null;
  readonly low_load: number | null;
  readonly high_load: number | null;
  readonly new_runs_count: number;
  readonly runs_count: number;
  readonly binds: { readonly cause: string } | null;
  readonly points: readonly {
    readonly load: number;
    readonly verdict: string;
    readonly terms: readonly unknown[];
  }[];
}

const printed = (stdout: string): Printed => JSON.parse(stdout) as Printed;

describe('fluidscope capacity', () => {
  // Four at a time, at about 0.06 s each: some sixty a second, or fewer on a machine that is slow; the answer's size is not looked at.
  const SEARCH =
    '--slo p80_ttft<=300ms --max-load 2000 --precision 60% --point-requests 20 --max-requests 500';

  it(
    'finds a load, says what binds, leaves a page, and runs nothing twice',
    { timeout: 120_000 },
    async () => {
      const first = await capacity('found', SEARCH);
      expect({ status: first.status, stdout: printed(first.stdout).answer }).toEqual({
        status: 0,
        stdout: 'found',
      });
      const found = printed(first.stdout);
      expect(found.new_runs_count).toBe(found.runs_count);
      expect(found.low_load).toBeLessThanOrEqual(found.load ?? NaN);
      expect(found.high_load).toBeGreaterThanOrEqual(found.load ?? NaN);
      expect(found.binds?.cause).toBeTypeOf('string');
      const page = await readFile(join(folder, 'found', 'capacity.html'), 'utf8');
      expect(page).toContain('<h1>Capacity of');
      expect(page).not.toMatch(/https?:\/\/(?!127)/);

      const again = printed((await capacity('found', SEARCH)).stdout);
      expect({ ...again, new_runs_count: 0 }).toEqual({ ...found, new_runs_count: 0 });
      expect(again.new_runs_count).toBe(0);

      const other = printed(
        (await capacity('found', `${SEARCH.replace('300ms', '350ms')} --max-requests 1`)).stdout,
      );
      expect(other.new_runs_count).toBe(0);
      expect(other.points.map(({ load }) => load)).toEqual(found.points.map(({ load }) => load));
    },
  );

  it('sweeps in flight, with a table and a bar for each load', { timeout: 60_000 }, async () => {
    const flags = '--by concurrency --sweep 1,2 --point-requests 20 --slo p80_ttft<=400ms';
    const { status, stdout } = await capacity('swept', flags);
    expect({ status, loads: printed(stdout).points.map(({ load }) => load) }).toEqual({
      status: 0,
      loads: [1, 2],
    });
    const args = [
      'capacity',
      '-u',
      sim.url,
      '-m',
      sim.model,
      '-o',
      join(folder, 'swept'),
      ...WORKLOAD.split(' '),
    ];
    const text = (await runInMemory([...args, ...flags.split(' ')])).stdout;
    expect(text).toContain('2 loads measured against p80_ttft<=400ms');
    expect(text).toMatch(/requests in flight +SLO/);
    expect(text).toMatch(/█/);
  });

  it('ends with 3 where the lowest load fails', { timeout: 60_000 }, async () => {
    const { status, stderr } = await capacity(
      'hopeless',
      '--slo p80_ttft<=1us --start-load 128 --min-load 64 --point-requests 20',
    );
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('at 64 requests/s') as string,
    });
  });

  it(
    'ends with 4 where nothing answers, and measures anew once something does',
    { timeout: 60_000 },
    async () => {
      const url = 'http://127.0.0.1:1';
      const args = [
        'capacity',
        '-u',
        url,
        '-m',
        'none',
        '-o',
        join(folder, 'nothing'),
        '--point-requests',
        '20',
        '--start-load',
        '100',
      ];
      const { status, stderr } = await runInMemory(args);
      expect({ status, stderr }).toMatchObject({
        status: 4,
        stderr: expect.stringContaining('nothing was measured') as string,
      });
      const [points = ''] = (await readdir(join(folder, 'nothing'))).filter((name) =>
        name.startsWith('points-'),
      );
      expect(await readdir(join(folder, 'nothing', points))).toEqual(['nothing-measured.duckdb']);
    },
  );

  it('names every wrong flag at once', async () => {
    const flags = '--request-rate 4 --precision 3 --by users --slo ttft<=1 --sweep x --start-load 0';
    const { status, stderr } = await capacity('wrong', flags);
    expect(status).toBe(2);
    for (const flag of ['--request-rate', '--precision', '--by', '--slo', '--sweep', '--start-load'])
      expect(stderr).toContain(`${flag}: `);
  });

  it('keeps the finished runs of a search that is interrupted', { timeout: 60_000 }, async () => {
    const enough = new AbortController();
    const points = join(folder, 'interrupted');
    const looking = setInterval(() => {
      void readdir(points, { recursive: true }).then(
        (names) => names.some((name) => name.endsWith('0001.json')) && enough.abort(),
        () => undefined,
      );
    }, 20);
    const args = [
      'capacity',
      '-u',
      sim.url,
      '-m',
      sim.model,
      '-o',
      join(folder, 'interrupted'),
      ...WORKLOAD.split(' '),
    ];
    const flags = '--sweep 60,62,64 --point-requests 20'.split(' ');
    const { status, stderr } = await runInMemory([...args, ...flags], { interrupted: enough.signal });
    clearInterval(looking);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('goes on from them') as string,
    });
    const on = await runInMemory([...args, ...flags, '--json']);
    expect(on.status).toBe(0);
    const { points: measured, new_runs_count } = printed(on.stdout);
    expect(measured).toHaveLength(3);
    expect(new_runs_count).toBeLessThan(3);
  });
});
