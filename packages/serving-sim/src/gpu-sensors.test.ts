import { expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { GpuGroup } from './gpu-group.js';
import { GPU_BOARDS } from './gpu-boards.js';
import { GpuModel } from './gpu-model.js';
import { GpuSensors } from './gpu-sensors.js';
import { ENGINE_PROFILES } from './profiles.js';
import { seededRandom } from './random.js';

const S = 1_000_000_000;
const MS = 1_000_000;
const PROFILE = ENGINE_PROFILES['h100-llama3-8b'];

function prefillStep(group: GpuGroup, startNs: number): number {
  const work = { batchTokens: 4_096, sequenceCount: 1, prefillPairCount: 0, decodeContextTokens: 0 };
  return group.runStep({ startNs, nominalNs: 80 * MS, work, costs: PROFILE.costs });
}

it('slows prefill steps under a lower power limit and counts the time', () => {
  const group = new GpuGroup('h100', 2);
  const [gpu] = group.gpus;
  if (gpu === undefined) throw new Error('Expected a GPU');
  gpu.conditions.powerLimitMilliwatts = 350_000;
  let atNs = 0;
  let elapsedNs = 0;
  while (atNs < 3 * S) atNs += elapsedNs = prefillStep(group, atNs);
  expect(elapsedNs).toBeGreaterThan(90 * MS);
  expect(gpu.powerMilliwatts).toBeLessThan(400_000);
  expect(gpu.powerCapNs).toBeGreaterThan(1 * S);
  expect(group.gpus[1]?.powerCapNs).toBeLessThan(gpu.powerCapNs);
});

it('lets power fall at the instant of a pause, and rise again after it', () => {
  const group = new GpuGroup('h100', 1);
  const [gpu] = group.gpus;
  prefillStep(group, 0);
  group.advance(10 * MS);
  const busyMilliwatts = gpu?.powerMilliwatts ?? 0;
  group.pause(10 * MS, 300 * MS);
  group.advance(11 * MS);
  expect(gpu?.powerMilliwatts).toBeLessThan(busyMilliwatts / 3);
  group.advance(309 * MS);
  expect(gpu?.busyNs).toBe(10 * MS);
  group.advance(320 * MS);
  expect(gpu?.busyNs).toBe(20 * MS);
});

it('holds the tokens of an engine for as long as it is paused', () => {
  const engine = createEngine(PROFILE, resolveEngineConfig(PROFILE, {}), seededRandom(1));
  engine.submit({ promptTokens: 10, outputTokens: 2 }, engineNs(0));
  engine.step();
  const dueNs = engine.nextEventNs() ?? 0;
  engine.pause(engineNs(MS), 300 * MS);
  expect(engine.nextEventNs()).toBe(dueNs + 300 * MS);
});

it.each(['h100', 'a100', 'l4', 'rtx4090'] as const)(
  '%s: refreshes on time, in quanta, counters growing',
  (name) => {
    const gpu = new GpuModel(GPU_BOARDS[name]);
    const sensors = new GpuSensors(gpu, seededRandom(7));
    gpu.run({ startNs: 100 * MS, endNs: 900 * MS, tensorRatio: 0.5, dramRatio: 0.5 });
    const last = new Map<string, { sensorNs: number; value: number }>();
    for (let toNs = 0; toNs <= 2 * S; toNs += 7 * MS) {
      for (const { metric, value, sensorNs, refreshNs } of sensors.refresh(toNs)) {
        expect(sensorNs).toBeLessThanOrEqual(toNs);
        const before = last.get(metric);
        if (before !== undefined) expect(sensorNs - before.sensorNs).toBe(refreshNs);
        if (metric === 'energy_mj' || metric.startsWith('throttle_'))
          expect(value).toBeGreaterThanOrEqual(before?.value ?? 0);
        if (metric === 'sm_clock_mhz') expect(value % 15).toBe(0);
        if (!metric.startsWith('gpm_')) expect(value).toBe(Math.round(value));
        last.set(metric, { sensorNs, value });
      }
    }
    expect(last.has('gpm_sm_pct')).toBe(name === 'h100');
    expect(last.has('power_average_mw')).toBe(name !== 'a100');
  },
);

it('shows the mean power of its window', () => {
  const gpu = new GpuModel(GPU_BOARDS.h100);
  gpu.run({ startNs: 0, endNs: 500 * MS, tensorRatio: 0.3, dramRatio: 0.5 });
  gpu.advance(480 * MS);
  const before = gpu.energyMillijoules;
  gpu.advance(505 * MS);
  expect(gpu.powerHistory.mean(25 * MS) * 1e9).toBeCloseTo((gpu.energyMillijoules - before) / 0.025, 0);
});
