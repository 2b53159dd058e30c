import { openTraceReader } from '@fluidscope/trace-store';
import type { RequestRow, RunRow } from '@fluidscope/trace-schema';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FluidscopeProcess, fluidscope, startSim, type RunningSim } from './fluidscope-process.js';

const PATIENCE = { timeout: 60_000, interval: 50 };

let folder: string;
let sim: RunningSim;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-e2e-'));
  sim = await startSim('--profile', 'fixed', '--ttft', '30ms', '--tbt', '5ms');
});
afterAll(async () => {
  await sim[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function runArgs(tracePath: string, ...args: readonly string[]): string[] {
  return [
    'run',
    '-u',
    sim.url,
    '-m',
    sim.model,
    '-o',
    tracePath,
    '--isl',
    '16',
    '--osl',
    '10',
    '--ignore-eos',
    ...args,
  ];
}

interface ReadTrace {
  readonly run: RunRow;
  readonly requests: readonly RequestRow[];
  readonly chunksCount: number;
}

async function readTrace(path: string): Promise<ReadTrace> {
  const reader = await openTraceReader(path);
  try {
    let chunksCount = 0;
    for await (const columns of reader.chunks()) chunksCount += columns.length;
    return { run: await reader.run(), requests: await reader.requests(), chunksCount };
  } finally {
    await reader.close();
  }
}

describe('a run to its end', () => {
  it('prints the table and leaves a trace with every request and token', async () => {
    const path = join(folder, 'whole.duckdb');
    const ended = await fluidscope(
      ...runArgs(path, '--request-rate', '50', '--num-requests', '20', '--warmup-requests', '2'),
    );
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stdout).toContain('fluidity-index');
    expect(ended.stdout).toContain('20 ok, 0 failed, 0 cancelled (and 2 warm-up');
    expect(ended.stdout).toContain(path);
    expect(existsSync(`${path}.wal`)).toBe(false);
    const trace = await readTrace(path);
    expect(trace.run.end?.stopReason).toBe('finished');
    expect(trace.requests.map((row) => row.status)).toEqual(Array<string>(22).fill('ok'));
    expect(trace.requests.map((row) => row.outputTokens)).toEqual(Array<number>(22).fill(10));
    expect(trace.requests.map((row) => row.usageOutputTokens)).toEqual(Array<number>(22).fill(10));
    expect(trace.chunksCount).toBeGreaterThanOrEqual(22 * 10);
  });

  it("records the engine's own metrics beside the tokens", async () => {
    const path = join(folder, 'metrics.duckdb');
    const ended = await fluidscope(
      ...runArgs(path, '--concurrency', '2', '--num-requests', '20', '--server-metrics', 'auto'),
    );
    expect(ended.status, ended.stderr).toBe(0);
    const exported = join(folder, 'metrics');
    expect((await fluidscope('export', path, '--format', 'jsonl', '-o', exported)).status).toBe(0);
    const samples = (await readFile(join(exported, 'server_samples.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { endpoint: string; metric: string; t_ns: number; value: number });
    const generated = samples.filter(({ metric }) => metric === 'generation_tokens_count');
    expect(generated.length).toBeGreaterThan(1);
    expect(generated[0]).toMatchObject({ endpoint: new URL('/metrics', sim.url).href });
    expect((generated.at(-1)?.value ?? 0) - (generated[0]?.value ?? 0)).toBeGreaterThan(0);
  });

  it('does not begin without the metrics page that it was told to record', async () => {
    const path = join(folder, 'no-page.duckdb');
    const page = new URL('/health', sim.url).href;
    const ended = await fluidscope(...runArgs(path, '--num-requests', '1', '--server-metrics', page));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(`Expected a serving engine's metrics page at ${page}`);
    expect((await readTrace(path)).requests).toEqual([]);
  });

  it('gives the same requests with three workers as with one', async () => {
    const paths = [join(folder, 'one.duckdb'), join(folder, 'three.duckdb')] as const;
    for (const [path, workers] of [
      [paths[0], '1'],
      [paths[1], '3'],
    ] as const) {
      const args = runArgs(
        path,
        '--request-rate',
        '100',
        '--num-requests',
        '30',
        '--isl',
        'uniform:8-64',
        '--seed',
        '7',
      );
      const ended = await fluidscope(...args, '--workers', workers);
      expect(ended.status, ended.stderr).toBe(0);
    }
    const [one, three] = [await readTrace(paths[0]), await readTrace(paths[1])];
    const asked = (row: RequestRow): unknown[] => [
      row.requestId,
      row.usagePromptTokens,
      row.outputTokens,
      row.status,
    ];
    expect(three.requests.map(asked)).toEqual(one.requests.map(asked));
    const offsets = ({ requests }: ReadTrace): number[] =>
      requests.map((row) => row.intendedNs - (requests[0]?.intendedNs ?? 0));
    expect(offsets(three)).toEqual(offsets(one));
    expect(new Set(three.requests.map((row) => row.workerIndex))).toEqual(new Set([0, 1, 2]));
  });

  it('prints JSON alone on stdout with --json', async () => {
    const ended = await fluidscope(
      ...runArgs(join(folder, 'json.duckdb'), '--num-requests', '3', '--json', '--quiet'),
    );
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stderr).toBe('');
    expect(JSON.parse(ended.stdout)).toMatchObject({
      stop_reason: 'finished',
      load: { ok_requests: 3, output_tokens: 30 },
      fluidity: { fluidity_index: 1, total_deadlines: 30, tbt_deadline_ns: 50_000_000 },
      latency: { ttft_ns: { count: 3 }, tbt_ns: { count: 27 } },
      failures: [],
    });
  });
});

describe('a run that is stopped', () => {
  it('ends by Ctrl-C with a complete trace, answers in flight included', async () => {
    const path = join(folder, 'interrupted.duckdb');
    const child = new FluidscopeProcess(runArgs(path, '--request-rate', '20', '--duration', '10m'));
    await untilRecorded(path, 5);
    child.kill('SIGINT');
    const ended = await child.finished;
    expect(ended.status, ended.stderr).toBe(0);
    const trace = await readTrace(path);
    expect(trace.run.end?.stopReason).toBe('interrupted');
    expect(trace.requests.length).toBeGreaterThan(0);
    expect(trace.requests.every((row) => row.status !== undefined)).toBe(true);
  });

  it('leaves, killed at once, a trace that opens and says that it was cut short', async () => {
    const path = join(folder, 'killed.duckdb');
    const child = new FluidscopeProcess(runArgs(path, '--request-rate', '20', '--duration', '10m'));
    await untilRecorded(path, 5);
    child.kill('SIGKILL');
    expect((await child.finished).signal).toBe('SIGKILL');
    const trace = await readTrace(path);
    expect(trace.run.end).toBeUndefined();
    expect(trace.requests.some((row) => row.status === 'ok')).toBe(true);
    expect(trace.chunksCount).toBeGreaterThan(0);
  });
});

describe('a run that cannot be', () => {
  it('says that nothing listens, and exits with 4', async () => {
    const path = join(folder, 'refused.duckdb');
    const ended = await fluidscope(
      'run',
      '-u',
      'http://127.0.0.1:1',
      '-m',
      'x',
      '-o',
      path,
      '--num-requests',
      '2',
    );
    expect(ended.status).toBe(4);
    expect(ended.stdout).toMatch(/connect +2 +connect ECONNREFUSED/);
    expect(ended.stderr).toContain('nothing was measured');
  });

  it('reports every wrong flag at once, and exits with 2', async () => {
    const ended = await fluidscope('run', '--tbt-deadline', '25', '--isl', 'x');
    expect(ended.status).toBe(2);
    for (const part of ['--url', '--model', '--tbt-deadline', 'bare number', '--isl'])
      expect(ended.stderr).toContain(part);
  });

  it('does not replace a trace that exists, and exits with 2 or 1 before any load', async () => {
    const path = join(folder, 'exists.duckdb');
    const args = runArgs(path, '--num-requests', '1');
    expect((await fluidscope(...args)).status).toBe(0);
    const again = await fluidscope(...args);
    expect(again.status).not.toBe(0);
    expect(again.stderr).toContain(path);
    expect(again.stderr).toContain('hint:');
    expect((await fluidscope(...args, '--overwrite')).status).toBe(0);
  });
});

/** Until the engine has answered so many more requests, and then the trace was written to twice. */
async function untilRecorded(path: string, answersCount: number): Promise<void> {
  const answersBefore = await answered();
  await vi.waitUntil(async () => (await answered()) >= answersBefore + answersCount, PATIENCE);
  for (let writes = 0; writes < 2; writes += 1) {
    const sizeBytes = sizeBytesOf(`${path}.wal`);
    await vi.waitUntil(() => sizeBytesOf(`${path}.wal`) !== sizeBytes, PATIENCE);
  }
}

async function answered(): Promise<number> {
  const metrics = await (await fetch(`${sim.url}/metrics`)).text();
  const counts = metrics.matchAll(/^vllm:request_success_total\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

function sizeBytesOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
