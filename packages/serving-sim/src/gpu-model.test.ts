import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GPU_BOARD_NAMES, GPU_BOARDS } from './gpu-boards.js';
import { CLOCK_REASONS } from './gpu-clock.js';
import { endOf, type GpuCondition } from './gpu-condition.js';
import { GpuModel, type GpuSegment } from './gpu-model.js';
import type { GpuTotals } from './gpu-totals.js';

const S = 1_000_000_000;
const MS = 1_000_000;

function h100(): GpuModel {
  return new GpuModel(GPU_BOARDS.h100);
}

const condition: fc.Arbitrary<GpuCondition> = fc.oneof(
  fc.record({
    kind: fc.constant('power_limit'),
    gpu: fc.constant(0),
    watts: fc.integer({ min: 50, max: 900 }),
  }),
  fc.record({
    kind: fc.constant('inlet_offset'),
    gpu: fc.constant(0),
    kelvin: fc.integer({ min: -20, max: 60 }),
  }),
  fc.record({
    kind: fc.constant('cooling_lost'),
    gpu: fc.constant(0),
    ratio: fc.double({ min: 0, max: 0.95, noNaN: true }),
  }),
  fc.record({ kind: fc.constant('power_brake'), gpu: fc.constant(0), on: fc.boolean() }),
  fc.record({
    kind: fc.constant('foreign_share'),
    gpu: fc.constant(0),
    ratio: fc.double({ min: 0, max: 0.95, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('clock_locked'),
    gpu: fc.constant(0),
    mhz: fc.integer({ min: 100, max: 5_000 }),
  }),
  fc.record({
    kind: fc.constant('boost_latency'),
    gpu: fc.constant(0),
    ms: fc.integer({ min: 0, max: 2_000 }),
  }),
  fc.record({
    kind: fc.constant('rank_slowed'),
    gpu: fc.constant(0),
    ratio: fc.double({ min: 0.05, max: 1, noNaN: true }),
  }),
  fc.record({ kind: fc.constant('counters_reset'), gpu: fc.constant(0) }),
);

const timeline = fc.record({
  board: fc.constantFrom(...GPU_BOARD_NAMES),
  conditions: fc.array(fc.tuple(condition, fc.integer({ min: 0, max: 4 * S })), { maxLength: 8 }),
  bursts: fc.array(
    fc.record({
      gapNs: fc.integer({ min: 0, max: 800 * MS }),
      lengthNs: fc.integer({ min: 1, max: 800 * MS }),
      tensorRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      dramRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 8 },
  ),
});

it('sums what its segments say, within the bounds of its board, whatever befalls it', () => {
  fc.assert(
    fc.property(timeline, ({ board, conditions, bursts }) => {
      const gpu = new GpuModel(GPU_BOARDS[board]);
      const segments: GpuSegment[] = [];
      gpu.onSegment = (segment) => segments.push({ ...segment });
      for (const [each, atNs] of conditions) gpu.schedule(each, atNs);
      let atNs = 0;
      for (const { gapNs, lengthNs, ...load } of bursts) {
        gpu.advance(atNs + gapNs);
        gpu.run({ startNs: atNs + gapNs, endNs: atNs + gapNs + lengthNs, ...load });
        atNs += gapNs + lengthNs;
      }
      gpu.advance(Math.max(atNs, 5 * S));
      expectContinuous(segments, gpu.nowNs);
      expectBounds(segments, gpu);
      expectSums(segments, gpu.totals);
    }),
    { numRuns: 60 },
  );
});

function expectContinuous(segments: readonly GpuSegment[], toNs: number): void {
  const breaks = segments.filter(
    ({ fromNs, toNs: endNs }, index) => fromNs !== (segments[index - 1]?.toNs ?? 0) || endNs <= fromNs,
  );
  expect(breaks).toEqual([]);
  expect(segments.at(-1)?.toNs).toBe(toNs);
}

function expectBounds(segments: readonly GpuSegment[], { board }: GpuModel): void {
  const outside = segments.filter(
    ({ smMhz, powerMilliwatts, tensorRatio, dramRatio }) =>
      smMhz < board.idleSmMhz ||
      smMhz > board.maxSmMhz ||
      smMhz % 15 !== 0 ||
      powerMilliwatts < board.idleMilliwatts ||
      Math.max(tensorRatio, dramRatio) > 1 + 1e-9,
  );
  expect(outside).toEqual([]);
}

function expectSums(segments: readonly GpuSegment[], totals: GpuTotals): void {
  const sum = (rate: (segment: GpuSegment) => number): number =>
    segments.reduce((total, each) => total + rate(each) * (each.toNs - each.fromNs), 0);
  const during = (bit: number): number => sum(({ reasonsMask }) => ((reasonsMask & bit) === 0 ? 0 : 1));
  expect(totals.energyMillijoules).toBeCloseTo(sum(({ powerMilliwatts }) => powerMilliwatts) / 1e9, 3);
  expect(totals.busyNs).toBe(sum(({ isBusy }) => (isBusy ? 1 : 0)));
  expect(totals.powerCapNs).toBe(during(CLOCK_REASONS.powerCap));
  expect(totals.thermalNs).toBe(during(CLOCK_REASONS.thermalSoftware));
  expect(totals.thermalHardwareNs).toBe(during(CLOCK_REASONS.thermalHardware));
  expect(totals.powerBrakeNs).toBe(during(CLOCK_REASONS.powerBrake));
}

it('begins each condition at its instant to the nanosecond, however far it is advanced at once', () => {
  const gpu = h100();
  const changes: number[] = [];
  gpu.onSegment = ({ fromNs, reasonsMask }) => {
    if ((reasonsMask & CLOCK_REASONS.powerBrake) !== 0) changes.push(fromNs);
  };
  gpu.schedule({ kind: 'power_brake', gpu: 0, on: false }, 777_000_003);
  gpu.schedule({ kind: 'power_brake', gpu: 0, on: true }, 123_456_789);
  gpu.advance(2 * S);
  expect(changes[0]).toBe(123_456_789);
  expect(gpu.totals.powerBrakeNs).toBe(777_000_003 - 123_456_789);
});

it('begins a condition of the past now', () => {
  const gpu = h100();
  gpu.advance(S);
  gpu.schedule({ kind: 'power_limit', gpu: 0, watts: 300 }, 10 * MS);
  expect(gpu.conditions.powerLimitMilliwatts).toBe(300_000);
});

it('halves its clock at the hardware’s limit when its cooling is lost, and recovers', () => {
  const gpu = h100();
  const busy = { tensorRatio: 0.1, dramRatio: 0.8 };
  gpu.run({ startNs: 0, endNs: 60 * S, ...busy });
  gpu.advance(10 * S);
  expect(gpu.smMhz).toBe(1_980);
  gpu.schedule({ kind: 'cooling_lost', gpu: 0, ratio: 0.85 }, 10 * S);
  gpu.advance(16 * S);
  expect(gpu.reasonsMask & CLOCK_REASONS.thermalHardware).not.toBe(0);
  expect(gpu.reasonsMask & CLOCK_REASONS.hardwareSlowdown).not.toBe(0);
  expect(gpu.smMhz).toBeLessThanOrEqual(990);
  expect(gpu.totals.thermalHardwareNs).toBeGreaterThan(S);
  gpu.schedule({ kind: 'cooling_lost', gpu: 0, ratio: 0 }, 16 * S);
  gpu.advance(50 * S);
  expect(gpu.reasonsMask).toBe(0);
  expect(gpu.smMhz).toBe(1_980);
});

it('follows heat at two paces: most of it within seconds of a minute', () => {
  const gpu = h100();
  gpu.run({ startNs: 0, endNs: 600 * S, tensorRatio: 0, dramRatio: 1 });
  gpu.advance(6 * S);
  const soonCelsius = gpu.temperatureCelsius;
  gpu.advance(300 * S);
  const steadyKelvin = (gpu.board.kelvinPerWatt * gpu.powerMilliwatts) / 1_000;
  expect(gpu.temperatureCelsius).toBeCloseTo(28 + steadyKelvin, 0);
  expect(soonCelsius).toBeGreaterThan(38);
  expect(soonCelsius).toBeLessThan(gpu.temperatureCelsius - 3);
});

it('boosts from idle in its time, and idles at its lock', () => {
  const gpu = h100();
  gpu.schedule({ kind: 'boost_latency', gpu: 0, ms: 200 }, 0);
  gpu.advance(S);
  expect([gpu.smMhz, gpu.reasonsMask]).toEqual([345, CLOCK_REASONS.idle]);
  expect(gpu.workMhz).toBe(345);
  gpu.run({ startNs: S, endNs: 2 * S, tensorRatio: 0.1, dramRatio: 0.5 });
  gpu.advance(S + 120 * MS);
  expect(gpu.smMhz).toBeGreaterThan(900);
  expect(gpu.smMhz).toBeLessThan(1_400);
  gpu.advance(S + 300 * MS);
  expect(gpu.smMhz).toBe(1_980);
  gpu.schedule({ kind: 'clock_locked', gpu: 0, mhz: 1_200 }, 4 * S);
  gpu.advance(5 * S);
  expect(gpu.smMhz).toBe(1_200);
});

it.each<GpuCondition>([
  { kind: 'power_limit', gpu: 0, watts: 300 },
  { kind: 'inlet_temperature', gpu: 0, celsius: 40 },
  { kind: 'inlet_offset', gpu: 0, kelvin: 15 },
  { kind: 'cooling_lost', gpu: 0, ratio: 0.5 },
  { kind: 'power_brake', gpu: 0, on: true },
  { kind: 'foreign_share', gpu: 0, ratio: 0.4, pid: 9 },
  { kind: 'clock_limit', gpu: 0, mhz: 900 },
  { kind: 'clock_locked', gpu: 0, mhz: 900 },
  { kind: 'boost_latency', gpu: 0, ms: 50 },
  { kind: 'rank_slowed', gpu: 0, ratio: 0.6 },
  { kind: 'link_degraded', gpu: 0, link: 'pcie', ratio: 0.5 },
  { kind: 'lost', gpu: 0 },
  { kind: 'sensor_error', gpu: 0, metric: 'energy_mj', code: 3 },
])('$kind ends as it was before', (each) => {
  const gpu = h100();
  const before = structuredClone(gpu.conditions);
  gpu.schedule(each, 0);
  expect(gpu.conditions).not.toEqual(before);
  const end = endOf(each, gpu.board);
  if (end !== undefined) gpu.schedule(end, 0);
  expect({ ...gpu.conditions, foreignPid: before.foreignPid }).toEqual(before);
});
