import { expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { GpuGroup } from './gpu-group.js';
import type { GpuModel } from './gpu-model.js';
import { ENGINE_PROFILES } from './profiles.js';
import { seededRandom } from './random.js';

const S = 1_000_000_000;
const MS = 1_000_000;
const PROFILE = ENGINE_PROFILES['h100-llama3-8b'];

function groupOf(gpuCount: number): { group: GpuGroup; first: GpuModel } {
  const group = new GpuGroup('h100', gpuCount);
  const [first] = group.gpus;
  if (first === undefined) throw new Error('Expected a GPU');
  return { group, first };
}

function prefillStep(group: GpuGroup, startNs: number): number {
  const work = { batchTokens: 4_096, sequenceCount: 1, prefillPairCount: 0, decodeContextTokens: 0 };
  return group.runStep({ startNs, nominalNs: 80 * MS, work, costs: PROFILE.costs });
}

function decodeStep(group: GpuGroup, startNs: number): number {
  const work = { batchTokens: 16, sequenceCount: 16, prefillPairCount: 0, decodeContextTokens: 40_000 };
  return group.runStep({ startNs, nominalNs: 8 * MS, work, costs: PROFILE.costs });
}

/** Steps from the group's time to `toNs`; the last step's time. */
function runTo(group: GpuGroup, toNs: number, step: typeof prefillStep): number {
  let atNs = group.gpus[0]?.nowNs ?? 0;
  let elapsedNs = 0;
  while (atNs < toNs) atNs += elapsedNs = step(group, atNs);
  group.advance(toNs);
  return elapsedNs;
}

it('slows prefill steps under a lower power limit and counts the time', () => {
  const { group, first } = groupOf(2);
  group.apply({ kind: 'power_limit', gpu: 0, watts: 350 }, 0);
  expect(runTo(group, 3 * S, prefillStep)).toBeGreaterThan(90 * MS);
  expect(first.powerMilliwatts).toBeLessThan(400_000);
  expect(first.totals.powerCapNs).toBeGreaterThan(1 * S);
  expect(group.gpus[1]?.totals.powerCapNs).toBeLessThan(first.totals.powerCapNs);
});

it('keeps decode steps as fast under a power cap that bites: they wait for memory', () => {
  const { group, first } = groupOf(1);
  const freeNs = runTo(group, 1 * S, decodeStep);
  group.apply({ kind: 'power_limit', gpu: 0, watts: 240 }, 1 * S);
  const cappedNs = runTo(group, 4 * S, decodeStep);
  expect(first.totals.powerCapNs).toBeGreaterThan(1 * S);
  expect(first.smMhz).toBeLessThan(first.board.maxSmMhz);
  expect(cappedNs / freeNs).toBeLessThan(1.25);
});

it('draws 200 to 350 W in decode and more than its limit of 700 W in saturated prefill', () => {
  const { group, first } = groupOf(1);
  runTo(group, 1 * S, decodeStep);
  const decodeWatts = (first.powerHistory.mean(500 * MS) * 1e9) / 1_000;
  expect(decodeWatts).toBeGreaterThan(200);
  expect(decodeWatts).toBeLessThan(350);
  group.apply({ kind: 'power_limit', gpu: 0, watts: 2_000 }, 1 * S);
  runTo(group, 2 * S, prefillStep);
  expect(first.powerHistory.mean(500 * MS) * 1e9).toBeGreaterThan(700_000);
});

it('lets power fall at the instant of a pause, and rise again after it', () => {
  const { group, first } = groupOf(1);
  prefillStep(group, 0);
  group.advance(10 * MS);
  const busyMilliwatts = first.powerMilliwatts;
  group.pause(10 * MS, 300 * MS);
  group.advance(11 * MS);
  expect(first.powerMilliwatts).toBeLessThan(busyMilliwatts / 3);
  group.advance(309 * MS);
  expect(first.totals.busyNs).toBe(10 * MS);
  group.advance(320 * MS);
  expect(first.totals.busyNs).toBe(20 * MS);
  group.advance(2 * S);
  expect(first.totals.busyNs).toBe(80 * MS);
});

it('holds the tokens of an engine for as long as it is paused', () => {
  const engine = createEngine(PROFILE, resolveEngineConfig(PROFILE, {}), seededRandom(1));
  engine.submit({ promptTokens: 10, outputTokens: 2 }, engineNs(0));
  engine.step();
  const dueNs = engine.nextEventNs() ?? 0;
  engine.pause(engineNs(MS), 300 * MS);
  expect(engine.nextEventNs()).toBe(dueNs + 300 * MS);
});

it('lets the peers of a slow rank spin: busy, at low power, without DRAM', () => {
  const { group, first } = groupOf(2);
  const [, peer] = group.gpus;
  const healthyNs = runTo(group, 1 * S, prefillStep);
  group.apply({ kind: 'rank_slowed', gpu: 0, ratio: 0.4 }, 1 * S);
  const slowedNs = prefillStep(group, 1 * S);
  expect(slowedNs / healthyNs).toBeGreaterThan(1.8);
  group.advance(1 * S + slowedNs - MS);
  expect(peer?.totals.busyNs).toBe(first.totals.busyNs);
  const dramNs = peer?.totals.dramNs;
  group.advance(1 * S + slowedNs);
  expect(peer?.totals.dramNs).toBe(dramNs);
  expect(peer?.powerMilliwatts).toBeLessThan(200_000);
  expect(peer?.reasonsMask).toBe(0);
});

it('slows all ranks when one of their links narrows, and a lone GPU not at all', () => {
  const stepUnder = (gpuCount: number): number => {
    const { group } = groupOf(gpuCount);
    group.apply({ kind: 'link_degraded', gpu: 0, link: 'nvlink', ratio: 0.75 }, 0);
    return decodeStep(group, 0);
  };
  expect(stepUnder(2) / stepUnder(1)).toBeCloseTo(1.3, 1);
});

it('shares its SMs with a foreign process', () => {
  const { group } = groupOf(1);
  const aloneNs = runTo(group, 1 * S, decodeStep);
  group.apply({ kind: 'foreign_share', gpu: 0, ratio: 0.4 }, 1 * S);
  expect(runTo(group, 2 * S, decodeStep) / aloneNs).toBeCloseTo(1 / 0.6, 1);
});
