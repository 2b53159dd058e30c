import { gpuMetricByName, HOST_GPU_INDEX, hostMetricByName } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';
import { LiveAgent, type LiveSamples } from './live-agent.js';
import { LIVE_GPU_METRICS } from './live-messages.js';

function samples(
  rows: readonly (readonly [gpu: number, metric: string, atNs: number, value: number, sub?: number])[],
): LiveSamples {
  return {
    length: rows.length,
    gpuIndex: Uint16Array.from(rows, ([gpu]) => gpu),
    metricId: Uint16Array.from(
      rows,
      ([, metric]) => (gpuMetricByName(metric) ?? hostMetricByName(metric))?.id ?? 0,
    ),
    beforeNs: Float64Array.from(rows, ([, , atNs]) => atNs),
    value: Float64Array.from(rows, ([, , , value]) => value),
    subId: Uint32Array.from(rows, ([, , , , sub = 0]) => sub),
  };
}

const at = (metric: (typeof LIVE_GPU_METRICS)[number]): number => LIVE_GPU_METRICS.indexOf(metric);

it('gives for each GPU what was known at the time asked for, and how old it was', () => {
  const agent = new LiveAgent();
  agent.addSamples(
    samples([
      [0, 'sm_clock_mhz', 100, 1_400],
      [0, 'sm_clock_mhz', 200, 1_500],
      [0, 'sm_clock_mhz', 300, 900],
      [1, 'power_average_mw', 150, 250_000],
      [1, 'memory_used_bytes', 150, 7, 2],
    ]),
  );
  const frame = agent.frame(250, [0, 1, 2], 40);
  expect(frame.values[0]?.[at('sm_clock_mhz')]).toBe(1_500);
  expect(frame.ages_ns[0]?.[at('sm_clock_mhz')]).toBe(50);
  expect(frame.values[1]?.[at('power_mw')]).toBe(250_000);
  expect(frame.values[1]?.[at('memory_used_bytes')]).toBeNull();
  expect(frame.values[2]).toEqual(LIVE_GPU_METRICS.map(() => null));
  expect(frame.clock_bound_ns).toBe(40);
});

it('makes a busy share of the counter of busy time', () => {
  const agent = new LiveAgent();
  const busy = 'cpu_busy_ns';
  agent.addSamples(
    samples([
      [HOST_GPU_INDEX, busy, 0, 0, 1],
      [HOST_GPU_INDEX, busy, 0, 0, 2],
    ]),
  );
  expect(agent.frame(1, [], undefined).cpu_busy_ratio).toBeNull();
  agent.addSamples(
    samples([
      [HOST_GPU_INDEX, busy, 0, 1_000],
      [HOST_GPU_INDEX, busy, 1e9, 1_000 + 5e8],
    ]),
  );
  expect(agent.frame(1e9, [], undefined).cpu_busy_ratio).toBe(0.25);
});

it('keeps few notes and hands each out once', () => {
  const agent = new LiveAgent();
  for (let index = 0; index < 100; index += 1) agent.addNote(`note ${index}`);
  expect(agent.frame(0, [], undefined).notes).toHaveLength(20);
  expect(agent.frame(0, [], undefined).notes).toEqual([]);
});
