import { createMemoryTrace, runScenario, runStartOf } from '@fluidscope/scenario';
import type { TraceReader } from '@fluidscope/trace-schema';
import { createTraceWriter, openTraceReader } from '@fluidscope/trace-store';
import { runNs } from '@fluidscope/units';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadScenario } from './src/scenario-files.js';

const SAMPLED = ['power_instant_mw', 'throttle_power_cap_ns', 'gpm_tensor_pct', 'xid_index'];

async function answersOf(reader: TraceReader) {
  return {
    requests: await reader.requests(),
    gpu: await reader.sampleSeries({ scope: 'gpu', metrics: SAMPLED, fromNs: runNs(1e9) }),
    host: await reader.sampleSeries({
      scope: 'host',
      metrics: ['pressure_cpu_some_us', 'tcp_retransmits_count'],
    }),
    client: await reader.hostSamples({ metric: 'event_loop_delay_max_ns' }),
    server: await reader.serverSamples({ metric: 'requests_running_count' }),
    clock: await reader.clockOffsets(),
    losses: await reader.losses(),
    agents: (await reader.agents()).map(({ agentId, originMonoNs }) => ({ agentId, originMonoNs })),
    xids: (await reader.events({ kind: 'xid' })).map(({ timeNs, source }) => ({ timeNs, source })),
    ended: (await reader.run()).end,
  };
}

it('reads from memory what it reads from a file', async () => {
  const whole = loadScenario('f15-gpu-error', { family: 'chat', tier: 'bad-clock' });
  const faults = whole.faults.map((fault) => ({ ...fault, timing: { ...fault.timing, atNs: 2e9 } }));
  const scenario = { ...whole, durationNs: 4e9, faults };
  const folder = await mkdtemp(join(tmpdir(), 'memory-trace-'));
  const path = join(folder, 'trace.duckdb');
  const start = runStartOf(scenario, 1);
  await runScenario(scenario, 1, await createTraceWriter(path, start));
  const memory = createMemoryTrace(start);
  await runScenario(scenario, 1, memory.writer);
  const file = await openTraceReader(path);
  const expected = await answersOf(file);
  await file.close();
  await rm(folder, { recursive: true });
  expect(expected.xids.length).toBe(1);
  expect(expected.gpu.length).toBeGreaterThan(6);
  expect(await answersOf(memory.reader)).toEqual(expected);
});
