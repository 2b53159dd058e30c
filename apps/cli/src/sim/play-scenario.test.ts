import { startLlmSim } from '@fluidscope/llm-sim';
import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { deadlineMisses } from '@fluidscope/metrics';
import { runNs } from '@fluidscope/units';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';
import { playScenario } from './play-scenario.js';

const SCENARIO = parseScenario(`
name: one pause
duration: 4s
deadlines: { ttft: 150ms, tbt: 8ms }
load: { arrivals: { kind: constant, rate: 4 }, prompt_tokens: 64, output_tokens: 200 }
faults:
  - { kind: engine_pause, at: 2s, pause: 1500ms }
  - { kind: packet_loss, ratio: 0 }
`);

interface Stalled {
  readonly fromNs: number;
  readonly lengthNs: number;
  readonly missedCount: number;
}

/** The stalls over 1 s in streams of token times, with the deadlines that each missed; the first token's own wait is left out. */
function stalledIn(streams: readonly (readonly number[])[]): readonly Stalled[] {
  return streams.flatMap((timesNs) => {
    const index = timesNs.findIndex((atNs, each) => atNs - (timesNs[each - 1] ?? atNs) > 1e9);
    if (index < 0) return [];
    const [firstNs = 0] = timesNs;
    const timings = {
      startNs: runNs(0),
      arrivalsNs: Float64Array.from(timesNs, (atNs) => atNs - firstNs),
      tokenCounts: new Uint32Array(timesNs.length).fill(1),
    };
    const misses = deadlineMisses(timings, SCENARIO.deadlines);
    const fromNs = timesNs[index - 1] ?? NaN;
    const missedCount = misses.find(({ chunkIndex }) => chunkIndex === index)?.missedCount ?? 0;
    return [{ fromNs, lengthNs: (timesNs[index] ?? NaN) - fromNs, missedCount }];
  });
}

/** Token times by the served engine's own schedule, which a busy machine does not bend, in ns of its clock. */
function servedTimes(truthCsv: string): readonly (readonly number[])[] {
  const rows = truthCsv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const zero = BigInt(rows[0]?.[4] ?? 0);
  const streams = new Map<string, number[]>();
  for (const [id = '', , , , due = '0'] of rows) {
    const times = streams.get(id) ?? [];
    times.push(Number(BigInt(due) - zero));
    streams.set(id, times);
  }
  return [...streams.values()];
}

async function virtualTimes(): Promise<readonly (readonly number[])[]> {
  const trace = createMemoryTrace(runStartOf(SCENARIO, 1));
  await runScenario(SCENARIO, 1, trace.writer);
  const streams: number[][] = [];
  for await (const { length, arrivalNs, tokenCount } of trace.reader.chunks())
    streams.push([...arrivalNs.subarray(0, length)].filter((_, row) => (tokenCount[row] ?? 0) > 0));
  return streams;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

it('plays a scenario on a served engine as it runs in virtual time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'play-'));
  const truthFile = join(folder, 'truth.csv');
  const { engine } = SCENARIO;
  const sim = await startLlmSim({
    engine: { kind: 'profile', profile: engine.profile, overrides: engine.overrides },
    truthFile,
    onFirstRequest: (atNs) => played.begin(atNs),
  });
  if (sim.control === undefined) throw new Error('a profile engine has a control');
  const played = playScenario(SCENARIO, { seed: 1, control: sim.control });
  expect(played.notice).toContain('packet_loss');
  const flags = '--arrival-pattern constant --request-rate 4 --duration 4s --isl 64 --osl 200 --seed 1';
  const args = ['run', '--url', sim.url, '--model', sim.model, '--warmup-requests', '0', '--quiet'];
  const outcome = await runInMemory([...args, ...flags.split(' '), '-o', join(folder, 'real.duckdb')]);
  played.stop();
  await sim.close();
  expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' });
  const real = stalledIn(servedTimes(await readFile(truthFile, 'utf8')));
  await rm(folder, { recursive: true });
  const simulated = stalledIn(await virtualTimes());

  // A busy machine sends requests late, so that other streams may be in flight; what a stall is to each of them stays the same.
  expect(simulated.length).toBeGreaterThan(2);
  expect(real.length).toBeGreaterThan(0);
  const longestNs = Math.max(...simulated.map(({ lengthNs }) => lengthNs));
  for (const { lengthNs } of real) expect(Math.abs(lengthNs - longestNs)).toBeLessThan(20e6);
  // All at once, as the engine stopped for all.
  const startsNs = real.map(({ fromNs }) => fromNs);
  expect(Math.max(...startsNs) - Math.min(...startsNs)).toBeLessThan(1e6);
  // Slack grows by 2 ms a token of 200 and is 400 ms at most of 1,500 ms: the missed deadlines lie that close together.
  const ratio =
    mean(real.map(({ missedCount }) => missedCount)) / mean(simulated.map(({ missedCount }) => missedCount));
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.4);
});

it('holds requests of a served engine for what a scenario says, and its page counts that', async () => {
  const scenario = parseScenario(`
name: moved
duration: 60s
deadlines: { ttft: 150ms, tbt: 8ms }
load: { arrivals: { kind: constant, rate: 1 }, prompt_tokens: 64, output_tokens: 2 }
faults: [{ kind: prompt_kv_moved, base: 300ms, per_token: 0ms }]
`);
  const { profile, overrides } = scenario.engine;
  const sim = await startLlmSim({
    engine: { kind: 'profile', profile, overrides },
    onFirstRequest: (atNs) => played.begin(atNs),
  });
  if (sim.control === undefined) throw new Error('a profile engine has a control');
  const played = playScenario(scenario, { seed: 1, control: sim.control });
  const movedS = async (): Promise<number> => {
    const page = await (await fetch(`${sim.url}/metrics`)).text();
    return Number(/^vllm:nixl_xfer_time_seconds_sum\{.*\} (.*)$/m.exec(page)?.[1]);
  };
  const body = JSON.stringify({ model: sim.model, prompt: 'one two', max_tokens: 2 });
  const headers = { 'content-type': 'application/json' };
  // Whatever a busy machine makes of the first, a later request comes when the fault is on.
  do await (await fetch(`${sim.url}/v1/completions`, { method: 'POST', headers, body })).text();
  while ((await movedS()) === 0);
  expect((await movedS()) / 0.3).toBeCloseTo(Math.round((await movedS()) / 0.3), 6);
  played.stop();
  await sim.close();
});
