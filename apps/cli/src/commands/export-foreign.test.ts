import { diagnoseTrace, episodeRecords } from '@fluidscope/diagnosis';
import { runSummaryJson, summariseTrace } from '@fluidscope/report';
import { parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import type { Json } from '@fluidscope/trace-schema';
import { createTraceWriter, openTraceReader, recordEpisodes } from '@fluidscope/trace-store';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const PAUSES = `
name: pauses
duration: 6s
deadlines: { ttft: 300ms, tbt: 10ms }
gpus: { per_replica: 2 }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 80 }
faults:
  - { kind: engine_pause, at: 1s, every: 2s, pause: 500ms }
`;

const SLO = 'ttft:100ms fluidity:0.9';

let folder: string;
let trace: string;
let summary: Record<string, Record<string, unknown>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-export-foreign-'));
  trace = join(folder, 'run.duckdb');
  const scenario = parseScenario(PAUSES);
  const start = runStartOf(scenario, 1);
  const config = { ...(start.config as Readonly<Record<string, Json>>), goodput: SLO };
  await runScenario(scenario, 1, await createTraceWriter(trace, { ...start, config }));
  const reader = await openTraceReader(trace);
  summary = runSummaryJson(await summariseTrace(reader)) as typeof summary;
  const records = episodeRecords(await diagnoseTrace(reader));
  await reader.close();
  await recordEpisodes(trace, records);
});

afterAll(() => rmSync(folder, { recursive: true }));

async function exported(format: string): Promise<string> {
  const output = join(folder, format);
  const { status, stderr } = await runInMemory([
    'export',
    trace,
    '--format',
    format,
    '-o',
    output,
    '--force',
  ]);
  expect([status, stderr]).toEqual([0, '']);
  return output;
}

/** Means and deviations are summed in another order: their last bits differ. */
function inWholeNs(distribution: unknown): unknown {
  return Object.fromEntries(
    Object.entries(distribution as object).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'number' ? Math.round(value) : value,
    ]),
  );
}

const DEADLINES = ['--ttft-deadline', '300ms', '--tbt-deadline', '10ms'];

describe.each([
  ['aiperf', 'profile_export.jsonl'],
  ['vllm', 'vllm_bench.json'],
])('the files of %s', (format, name) => {
  it('give the run’s own figures when they are scored', async () => {
    const file = join(await exported(format), name);
    const { status, stdout, stderr } = await runInMemory([
      'score',
      file,
      '--format',
      format,
      '--json',
      ...DEADLINES,
    ]);
    expect([status, stderr]).toEqual([0, '']);
    const scored = JSON.parse(stdout) as Record<string, unknown>;
    const { fluidity = {}, latency = {}, load = {} } = summary;
    expect(fluidity['missed_deadlines']).toBeGreaterThan(0);
    for (const figure of ['fluidity_index', 'missed_deadlines', 'total_deadlines'])
      expect([figure, scored[figure]]).toEqual([figure, fluidity[figure]]);
    for (const figure of ['ttft_ns', 'tbt_ns', 'tpot_ns', 'end_to_end_ns'])
      expect([figure, inWholeNs(scored[figure])]).toEqual([figure, inWholeNs(latency[figure])]);
    expect(scored['ok_requests']).toBe(load['ok_requests']);
    expect(scored['output_tokens']).toBe(load['output_tokens']);
    expect(scored['duration_ns']).toBeCloseTo(Number(load['window_ns']), -3);
  });

  it('are told by their content', async () => {
    const file = join(await exported(format), name);
    const { stdout } = await runInMemory(['score', file, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ format });
  });
});

it('the summary of aiperf has the run’s latencies in ms', async () => {
  const text = readFileSync(join(await exported('aiperf'), 'profile_export_aiperf.json'), 'utf8');
  const { latency = {} } = summary;
  const ttft = latency['ttft_ns'] as Record<string, number>;
  const { time_to_first_token: shown, request_count: count } = JSON.parse(text) as Record<
    string,
    Record<string, number>
  >;
  expect(shown).toMatchObject({ unit: 'ms', count: ttft['count'] });
  expect(shown?.['p99']).toBeCloseTo((ttft['p99'] ?? NaN) / 1e6, 9);
  expect(shown?.['avg']).toBeCloseTo((ttft['mean'] ?? NaN) / 1e6, 9);
  expect(count).toEqual({ unit: 'requests', avg: ttft['count'] });
});

it('count the requests that met the SLO that the run had', async () => {
  const text = readFileSync(join(await exported('aiperf'), 'profile_export_aiperf.json'), 'utf8');
  const { good_request_count: good } = JSON.parse(text) as Record<string, { readonly avg: number }>;
  const { goodput } = summary;
  expect(goodput?.['met_requests']).toBeGreaterThan(0);
  expect(good?.avg).toBe(goodput?.['met_requests']);
  expect(good?.avg).toBeLessThan(goodput?.['requests'] as number);
});

describe('perfetto', { timeout: 60_000 }, () => {
  it('is one file, its path and size told', async () => {
    const output = join(folder, 'perfetto');
    const { status, stdout } = await runInMemory([
      'export',
      trace,
      '--format',
      'perfetto',
      '-o',
      output,
      '--json',
    ]);
    expect(status).toBe(0);
    expect(readdirSync(output)).toEqual(['trace.pftrace']);
    const [file] = (JSON.parse(stdout) as { files: readonly { path: string; bytes: number }[] }).files;
    expect(file?.bytes).toBe(readFileSync(join(output, 'trace.pftrace')).length);
  });

  it('is refused where it exists, and takes no views', async () => {
    await exported('perfetto');
    const args = ['export', trace, '--export-format', 'perfetto', '-o', join(folder, 'perfetto')];
    const refused = await runInMemory(args);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('trace.pftrace exists');
    const viewed = await runInMemory([...args, '--view', 'run']);
    expect(viewed.stderr).toContain('--view: expected none with --export-format perfetto');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const output = join(folder, 'interrupted');
    const { status, stderr } = await runInMemory(['export', trace, '--format', 'perfetto', '-o', output], {
      interrupted: AbortSignal.abort(),
    });
    expect(status).toBe(1);
    expect(stderr).toContain('error: Interrupted before');
    expect(readdirSync(output)).toEqual([]);
  });
});
