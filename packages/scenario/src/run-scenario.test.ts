import { GPU_METRICS, HOST_METRICS, readRecordedConfig } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';
import { createMemoryTrace } from './memory-trace.js';
import { parseScenario } from './parse-scenario.js';
import { runScenario, runStartOf } from './run-scenario.js';

const BASE = `
name: base
duration: 4s
deadlines: { ttft: 200ms, tbt: 12ms }
gpus: { per_replica: 2 }
load: { arrivals: { kind: poisson, rate: 6 }, prompt_tokens: 'lognormal:300,150', output_tokens: uniform:50-150 }
`;

async function traceOf(text: string, seed = 3) {
  const scenario = parseScenario(text);
  const trace = createMemoryTrace(runStartOf(scenario, seed));
  const run = await runScenario(scenario, seed, trace.writer);
  return { ...trace, run };
}

async function seriesOf({ reader }: Awaited<ReturnType<typeof traceOf>>, metric: string, subId = 0) {
  const scope = GPU_METRICS.some(({ name }) => name === metric) ? 'gpu' : 'host';
  const all = await reader.sampleSeries({ scope, metrics: [metric] });
  return all.find((each) => each.subId === subId || scope === 'host');
}

it('records a run as a harness would', async () => {
  const trace = await traceOf(BASE);
  const { reader } = trace;
  const run = await reader.run();
  expect(run.end).toMatchObject({ stopReason: 'finished', endedNs: trace.run.endedNs });
  expect(readRecordedConfig(run.config)).toMatchObject({ tbt_deadline_ns: 12_000_000 });
  const requests = await reader.requests();
  expect(requests).toHaveLength(trace.run.requestsCount);
  expect(requests.map(({ requestIndex }) => requestIndex)).toEqual([...requests.keys()]);
  for (const request of requests) {
    expect(request).toMatchObject({ status: 'ok', phase: 'measured', tokenCountSource: 'server_usage' });
    expect(request.outputTokens).toBe(request.maxOutputTokens);
    expect(request.ttftNs).toBeGreaterThan(5e6);
  }
  let tokens = 0;
  for await (const { length, tokenCount } of reader.chunks())
    tokens += tokenCount.subarray(0, length).reduce((sum, count) => sum + count, 0);
  expect(tokens).toBe(requests.reduce((sum, { outputTokens = 0 }) => sum + outputTokens, 0));
  const served = await reader.serverSamples({ metric: 'generation_tokens_count' });
  expect(served.length).toBeGreaterThanOrEqual(19);
  expect((await reader.hostSamples({ metric: 'event_loop_delay_max_ns' })).length).toBeGreaterThan(30);
});

it('gives the same rows for the same seed, and others for another', async () => {
  const one = await traceOf(BASE);
  const again = await traceOf(BASE);
  const other = await traceOf(BASE, 4);
  expect(await again.reader.requests()).toEqual(await one.reader.requests());
  expect(await seriesOf(again, 'power_instant_mw')).toEqual(await seriesOf(one, 'power_instant_mw'));
  expect(await other.reader.requests()).not.toEqual(await one.reader.requests());
});

it('samples GPUs and host at their own rates, in the agent’s time, with names of the schema alone', async () => {
  const trace = await traceOf(BASE);
  const names = new Set([...GPU_METRICS, ...HOST_METRICS].map(({ name }) => name));
  const gpu = await trace.reader.sampleSeries({ scope: 'gpu', metrics: [...names] });
  const host = await trace.reader.sampleSeries({ scope: 'host', metrics: [...names] });
  expect(new Set(gpu.map(({ gpuUuid }) => gpuUuid)).size).toBe(2);
  expect(host.map(({ metric }) => metric)).toContain('tcp_retransmits_count');
  const clock = gpu.find(({ metric }) => metric === 'sm_clock_mhz');
  const seconds = trace.run.endedNs / 1e9;
  expect((clock?.timeNs.length ?? 0) / seconds).toBeGreaterThan(95);
  const apart = [...(clock?.timeNs ?? [])].map((atNs, index) =>
    Math.abs(atNs - (clock?.timeNs[0] ?? 0) - index * 1e7),
  );
  expect(Math.max(...apart)).toBeLessThan(1e6);
});

it('shows a pause of the engine in tokens, GPUs and process alike, at the same time', async () => {
  const trace = await traceOf(`${BASE}\nfaults: [{ kind: engine_pause, at: 2s, pause: 400ms }]`);
  const tensor = await seriesOf(trace, 'gpm_tensor_pct');
  const during = [...(tensor?.timeNs ?? [])].flatMap((atNs, row) =>
    atNs > 2.15e9 && atNs < 2.4e9 ? [tensor?.value[row] ?? NaN] : [],
  );
  expect(during.length).toBeGreaterThan(0);
  expect(Math.max(...during)).toBeLessThan(1e-6);
  for await (const { arrivalNs, length } of trace.reader.chunks())
    for (const atNs of arrivalNs.subarray(0, length)) expect(atNs > 2.001e9 && atNs < 2.4e9).toBe(false);
});

it('shows what requests are held for, and a host short of memory, in the counters of server and host', async () => {
  const trace = await traceOf(
    `${BASE}\nfaults: [{ kind: schema_compiled, at: 1s, compile: 100ms }, { kind: prompt_kv_moved, at: 2s, per_token: 10us, base: 50ms }, ` +
      '{ kind: host_memory, at: 1s, for: 1s, per_step: 2ms, pressure: 0.5, faults_per_s: 1000, remote: 0.5 }]',
  );
  const server = await trace.reader.serverSamples({});
  const lastOf = (metric: string): number =>
    server.filter((each) => each.metric === metric).at(-1)?.value ?? NaN;
  const schemas = lastOf('grammar_compile_time_s') / 0.1;
  expect(schemas).toBeGreaterThan(3);
  expect(schemas).toBeCloseTo(Math.round(schemas), 6);
  expect(lastOf('kv_transfer_time_s')).toBeGreaterThan(0.05);
  const metrics = [
    'pressure_memory_some_us',
    'major_faults_count',
    'numa_hits_count',
    'numa_other_node_count',
  ];
  const series = await trace.reader.sampleSeries({ scope: 'host', metrics });
  const grown = series.map(
    ({ metric, value }) => [metric, (value.at(-1) ?? NaN) - (value[0] ?? NaN)] as const,
  );
  const [pressureUs, faults, near, far] = metrics.map((name) => new Map(grown).get(name) ?? NaN);
  expect(pressureUs).toBe(500_000);
  expect(faults).toBe(1_000);
  expect(far).toBe(1_000);
  expect(near).toBeGreaterThan(1_000);
});

it('loses what the scenario says and writes down that it did', async () => {
  const trace = await traceOf(BASE, 3);
  const losing = await traceOf(
    `${BASE}\ntelemetry: { agents: { drop: { ratio: 0.3 }, dead: { from: 1s, to: 2s } } }`,
  );
  const whole = await seriesOf(trace, 'sm_clock_mhz');
  const left = await seriesOf(losing, 'sm_clock_mhz');
  const share = (left?.timeNs.length ?? 0) / (whole?.timeNs.length ?? 1);
  expect(share).toBeGreaterThan(0.35);
  expect(share).toBeLessThan(0.7);
  const losses = await losing.reader.losses();
  expect(losses.map(({ reason }) => reason)).toContain('disconnected');
  expect(losses.filter(({ reason }) => reason === 'frame_lost').length).toBeGreaterThan(3);
  expect(await losing.reader.requests()).toEqual(await trace.reader.requests());
});

it('holds the truth of a bad clock within its bounds', async () => {
  const trace = await traceOf(
    `${BASE}\ntelemetry: { agents: { clock: { offset: 50ms, drift_ppm: 50, step: 20ms, step_at: 2s, asymmetry: 5ms, round_trip: 6ms } } }`,
  );
  const [, , ...later] = await trace.reader.clockOffsets();
  expect(later.length).toBeGreaterThan(0);
  const { startedMonoNs } = await trace.reader.run();
  const [agent] = await trace.reader.agents();
  for (const { timeNs, offsetNs, boundNs } of later) {
    const steppedNs = timeNs >= 2e9 ? 20e6 : 0;
    const trueNs = 3_600e9 + 50e6 + timeNs * 50e-6 + steppedNs;
    const estimatedNs = Number(offsetNs - (agent?.originMonoNs ?? 0n) + startedMonoNs);
    if (Math.abs(timeNs - 2e9) < 3e8) continue;
    expect(Math.abs(estimatedNs - trueNs)).toBeLessThanOrEqual(boundNs + 1);
  }
});
