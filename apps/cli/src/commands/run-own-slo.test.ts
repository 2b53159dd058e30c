import { readComparedRun } from '@fluidscope/compare';
import { startLlmSim, type LlmSim } from '@fluidscope/llm-sim';
import { judgeRun, parseSlo, type Slo } from '@fluidscope/slo';
import { openTraceReader } from '@fluidscope/trace-store';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { runInMemory, type CommandOutcome } from '../testing/run-in-memory.js';

/** The engine's first token takes 5 ms at least: this cannot be met, and a minute cannot be missed. */
const [HOPELESS, EASY] = ['ttft:1ms', 'ttft:60s'];
const LINES = [
  { messages: [{ role: 'user', content: 'hello' }], slo: HOPELESS },
  { prompt: 'a patient one', slo: 'time_to_first_token<=60s, fluidity>=0' },
  { prompt: 'an ordinary one' },
];

let folder: string;
let trace: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-own-slo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  trace = join(folder, 'run.duckdb');
});

async function startSim(): Promise<LlmSim> {
  const sim = await startLlmSim({ engine: { kind: 'fixed', ttftNs: 5e6, tbtNs: 1e6 } });
  onTestFinished(() => sim.close());
  return sim;
}

function run(sim: LlmSim, lines: readonly object[], ...args: readonly string[]): Promise<CommandOutcome> {
  const dataset = join(folder, 'requests.jsonl');
  writeFileSync(dataset, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const endpoint = ['-u', sim.url, '-m', sim.model, '-o', trace, '--dataset', dataset];
  const load = ['--concurrency', '2', '--num-requests', '6', '--warmup-requests', '2', '--osl', '4'];
  return runInMemory(['run', ...endpoint, ...load, '--ignore-eos', '--quiet', '--no-diagnosis', ...args]);
}

function goodputOf({ stdout }: CommandOutcome): unknown {
  return (JSON.parse(stdout) as { readonly goodput: unknown }).goodput;
}

it.each([['1'], ['2']])(
  'judges each request by its own terms, recorded with %s workers',
  async (workers) => {
    const sim = await startSim();
    const outcome = await run(sim, LINES, '--json', '--workers', workers, '--goodput', HOPELESS);
    expect(goodputOf(outcome)).toMatchObject({ met_requests: 2, requests: 6, requests_with_own_terms: 4 });
    const reader = await openTraceReader(trace);
    onTestFinished(() => reader.close());
    const own = [HOPELESS, 'ttft:60s fluidity:0', undefined];
    expect((await reader.requests()).map(({ slo }) => slo)).toEqual([undefined, undefined, ...own, ...own]);
  },
  60_000,
);

it('judges those alone that have terms of their own where the run has none, and says so', async () => {
  const { stdout } = await run(await startSim(), LINES);
  expect(stdout).toContain('(2 of 4 requests met every term; all have terms of their own)');
});

interface Point {
  readonly requests_count: number;
  readonly terms: readonly { readonly good_ratio: number }[];
}

it('has them in what compare judges the same trace by', async () => {
  await run(await startSim(), LINES);
  const slo = parseSlo([`${EASY} goodput>=50% ${HOPELESS}@50%`]) as Slo;
  const reader = await openTraceReader(trace);
  onTestFinished(() => reader.close());
  const { requests, windowNs } = await readComparedRun(reader, 'a');
  // Of six, two are hopeless by their own terms, two easy by them, two judged by the run's.
  const { terms } = judgeRun(slo, { requests, durationNs: windowNs });
  expect(terms.map(({ value }) => value)).toEqual([4 / 6, 2 / 6]);
});

it('has them in what stops a load of capacity early: half met for half asked stays uncertain to its end', async () => {
  const sim = await startSim();
  const dataset = join(folder, 'requests.jsonl');
  const slos = [EASY, HOPELESS];
  writeFileSync(dataset, slos.map((slo) => `${JSON.stringify({ prompt: 'a b', slo })}\n`).join(''));
  const target = ['-u', sim.url, '-m', sim.model, '-o', join(folder, 'found'), '--dataset', dataset];
  const load = ['--by', 'concurrency', '--max-load', '1', '--osl', '4', '--ignore-eos', '--no-diagnosis'];
  const size = ['--slo', `${HOPELESS}@50%`, '--point-requests', '200', '--max-requests', '100', '--json'];
  const { stdout } = await runInMemory(['capacity', ...target, ...load, ...size]);
  const [point] = (JSON.parse(stdout) as { readonly points: readonly Point[] }).points;
  expect(point?.requests_count).toBe(100);
  // Over its steady part, which need not begin and end with a pair.
  expect(point?.terms[0]?.good_ratio).toBeCloseTo(0.5, 1);
});

it('refuses wrong terms with their lines, all at once, and sends nothing', async () => {
  const lines = [LINES[0], { prompt: 'b', slo: 'ttft:200' }, { prompt: 'c', slo: 'goodput>=99% patience:9' }];
  const { status, stderr } = await run(await startSim(), lines as readonly object[]);
  expect(status).toBe(2);
  for (const [line, term] of [
    [2, 'ttft:200'],
    [3, 'goodput>=99%'],
    [3, 'patience:9'],
  ]) {
    expect(stderr).toContain(`line ${line}: Expected terms of a request ("${term}": expected`);
  }
  expect(existsSync(trace)).toBe(false);
});
