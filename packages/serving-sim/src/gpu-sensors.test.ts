import { GPU_METRICS, gpuMetricByName } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';
import { GPU_BOARD_NAMES, GPU_BOARDS, type GpuBoardName } from './gpu-boards.js';
import type { GpuCondition } from './gpu-condition.js';
import { GpuModel } from './gpu-model.js';
import { GpuSensors, type GpuReading } from './gpu-sensors.js';
import { seededRandom } from './random.js';

const S = 1_000_000_000;
const MS = 1_000_000;

function gpuWithSensors(name: GpuBoardName): { gpu: GpuModel; sensors: GpuSensors } {
  const gpu = new GpuModel(GPU_BOARDS[name]);
  return { gpu, sensors: new GpuSensors(gpu, seededRandom(7)) };
}

/** Readings of three seconds under half a load, with conditions from the first second on. */
function readingsUnder(name: GpuBoardName, ...conditions: GpuCondition[]): GpuReading[] {
  const { gpu, sensors } = gpuWithSensors(name);
  gpu.run({ startNs: 0, endNs: 3 * S, tensorRatio: 0.3, dramRatio: 0.5, pcieBytes: 3e9, nvlinkBytes: 3e9 });
  for (const each of conditions) gpu.schedule(each, S);
  return sensors.refresh(3 * S);
}

function valuesOf(readings: readonly GpuReading[], metric: string, subId?: number): number[] {
  return readings
    .filter((each) => each.metric === metric && (subId === undefined || each.subId === subId))
    .map(({ value }) => value);
}

it.each(GPU_BOARD_NAMES)('%s: refreshes on time, in quanta, counters growing', (name) => {
  const { gpu, sensors } = gpuWithSensors(name);
  gpu.run({ startNs: 100 * MS, endNs: 900 * MS, tensorRatio: 0.5, dramRatio: 0.5 });
  const last = new Map<string, { sensorNs: number; value: number }>();
  for (let toNs = 0; toNs <= 2.5 * S; toNs += 7 * MS) {
    for (const { metric, subId = 0, value, sensorNs, refreshNs } of sensors.refresh(toNs)) {
      expect(sensorNs).toBeLessThanOrEqual(toNs);
      const key = `${metric}/${subId}`;
      const before = last.get(key);
      if (before !== undefined) expect(sensorNs - before.sensorNs).toBe(refreshNs);
      if (gpuMetricByName(metric)?.kind === 'counter')
        expect(value).toBeGreaterThanOrEqual(before?.value ?? 0);
      if (metric === 'sm_clock_mhz') expect(value % 15).toBe(0);
      if (!metric.startsWith('gpm_')) expect(value).toBe(Math.round(value));
      last.set(key, { sensorNs, value });
    }
  }
});

it.each(GPU_BOARD_NAMES)('%s: shows what it has a sensor for, and names the rest', (name) => {
  const { sensors } = gpuWithSensors(name);
  const shown = new Set(sensors.refresh(3 * S).map(({ metric }) => metric));
  const { unsupportedMetrics } = sensors;
  for (const metric of unsupportedMetrics) expect(shown).not.toContain(metric);
  for (const { name: metric } of GPU_METRICS) {
    if (metric !== 'xid_index' && !unsupportedMetrics.includes(metric)) expect(shown).toContain(metric);
  }
  expect(shown.has('gpm_sm_pct')).toBe(name === 'h100');
  expect(shown.has('power_average_mw')).toBe(name !== 'a100');
  expect(shown.has('fan_speed_pct')).toBe(name === 'rtx4090');
  expect(shown.has('ecc_corrected_count')).toBe(name !== 'rtx4090');
  expect(shown.has('nvlink_tx_kib')).toBe(name === 'h100' || name === 'a100');
});

it('gives the same readings for the same seed, however often it is asked', () => {
  const once = readingsUnder('h100');
  const { gpu, sensors } = gpuWithSensors('h100');
  gpu.run({ startNs: 0, endNs: 3 * S, tensorRatio: 0.3, dramRatio: 0.5, pcieBytes: 3e9, nvlinkBytes: 3e9 });
  const often: GpuReading[] = [];
  for (let toNs = 10 * MS; toNs <= 3 * S; toNs += 10 * MS) often.push(...sensors.refresh(toNs));
  expect(often.map(({ metric, sensorNs }) => [metric, sensorNs])).toEqual(
    once.map(({ metric, sensorNs }) => [metric, sensorNs]),
  );
  // Sums that were added in another order may fall on the other side of a quantum.
  often.forEach(({ value }, index) =>
    expect(Math.abs(value - (once[index]?.value ?? NaN))).toBeLessThanOrEqual(1),
  );
});

it('reads at its instants whoever advances the GPU, and gives nothing of the future', () => {
  const { gpu, sensors } = gpuWithSensors('h100');
  gpu.schedule({ kind: 'clock_locked', gpu: 0, mhz: 1_500 }, S);
  gpu.advance(2 * S);
  const readings = sensors.refresh(1.5 * S);
  expect(Math.max(...readings.map(({ sensorNs }) => sensorNs))).toBeLessThanOrEqual(1.5 * S);
  for (const { metric, value, sensorNs } of readings)
    if (metric === 'sm_clock_mhz') expect(value).toBe(sensorNs <= S ? 345 : 1_500);
  const later = sensors.refresh(2 * S);
  expect(Math.min(...later.map(({ sensorNs }) => sensorNs))).toBeGreaterThan(1.5 * S);
});

it('shows the mean power of its window', () => {
  const gpu = new GpuModel(GPU_BOARDS.h100);
  gpu.run({ startNs: 0, endNs: 500 * MS, tensorRatio: 0.3, dramRatio: 0.5 });
  gpu.advance(480 * MS);
  const before = gpu.totals.energyMillijoules;
  gpu.advance(505 * MS);
  const meanMilliwatts = (gpu.totals.energyMillijoules - before) / 0.025;
  expect(gpu.powerHistory.mean(25 * MS) * 1e9).toBeCloseTo(meanMilliwatts, 0);
});

it('shows power within half a per cent, and never twice the same', () => {
  const { gpu, sensors } = gpuWithSensors('a100');
  gpu.advance(S);
  const shown = valuesOf(sensors.refresh(S), 'power_instant_mw').slice(1);
  for (const value of shown) expect(Math.abs(value / gpu.powerMilliwatts - 1)).toBeLessThan(0.005);
  expect(new Set(shown).size).toBe(shown.length);
});

it('gives GPM means as the differences of their integrals', () => {
  const readings = readingsUnder('h100').filter(({ metric }) => metric === 'gpm_dram_pct');
  for (const [index, { value, integral, sensorNs }] of readings.entries()) {
    const before = readings[index - 1];
    if (before === undefined) continue;
    const mean = ((integral ?? NaN) - (before.integral ?? NaN)) / ((sensorNs - before.sensorNs) / S);
    expect(value).toBeCloseTo(mean, 6);
    expect(value).toBeCloseTo(50, 6);
  }
  expect(readings.length).toBeGreaterThan(25);
});

it('names a foreign process with its share while it runs', () => {
  const readings = readingsUnder('h100', { kind: 'foreign_share', gpu: 0, ratio: 0.4, dram: 0.3, pid: 77 });
  expect(valuesOf(readings, 'process_sm_pct', 77)).toEqual([0, 40, 40]);
  expect(valuesOf(readings, 'process_memory_pct', 77)).toEqual([0, 30, 30]);
  expect(valuesOf(readings, 'process_sm_pct', 1_000)).toEqual([100, 60, 60]);
  expect(valuesOf(readings, 'process_count')).toEqual([2, 2, 2]);
});

it('shows a narrowed link, its replays and errors that come at once', () => {
  const readings = readingsUnder(
    'h100',
    { kind: 'link_degraded', gpu: 0, link: 'pcie', ratio: 0.5 },
    { kind: 'link_degraded', gpu: 0, link: 'nvlink', ratio: 0.2 },
    { kind: 'link_errors', gpu: 0, link: 'nvlink', index: 3, count: 2_500 },
  );
  expect(valuesOf(readings, 'pcie_link_width_count')).toEqual([16, 8, 8]);
  expect(valuesOf(readings, 'pcie_replay_count').at(-1)).toBeGreaterThan(100);
  expect(valuesOf(readings, 'nvlink_replay_errors_count', 1).at(-1)).toBeGreaterThan(50);
  expect(valuesOf(readings, 'nvlink_recovery_errors_count', 4)).toEqual([0, 2, 2]);
});

it('reports XIDs, ECC errors and remapped rows', () => {
  const readings = readingsUnder(
    'a100',
    { kind: 'xid', gpu: 0, xid: 94 },
    { kind: 'ecc_errors', gpu: 0, uncorrected: 3 },
    { kind: 'remapped_rows', gpu: 0, uncorrected: 1, pending: true },
  );
  expect(readings.filter(({ metric }) => metric === 'xid_index')).toEqual([
    { metric: 'xid_index', value: 94, sensorNs: S, refreshNs: 0 },
  ]);
  expect(valuesOf(readings, 'ecc_uncorrected_count')).toEqual([0, 3, 3, 3]);
  expect(readings).toContainEqual({ metric: 'ecc_uncorrected_count', value: 3, sensorNs: S, refreshNs: 0 });
  expect(valuesOf(readings, 'remapped_rows_pending_count')).toEqual([0, 1, 1]);
});

it('starts its counters again after a reset, and shows nothing of a lost GPU', () => {
  const reset = valuesOf(readingsUnder('h100', { kind: 'counters_reset', gpu: 0 }), 'energy_mj');
  const fallen = reset.findIndex((value, index) => value < (reset[index - 1] ?? 0));
  expect(reset[fallen]).toBeLessThan(1.1 * ((reset[2] ?? 0) - (reset[1] ?? 0)));
  expect(fallen).toBeGreaterThan(5);

  const { gpu, sensors } = gpuWithSensors('h100');
  gpu.schedule({ kind: 'lost', gpu: 0 }, S);
  gpu.schedule({ kind: 'back', gpu: 0 }, 2 * S);
  const readings = sensors.refresh(3 * S);
  expect(readings.some(({ sensorNs }) => sensorNs >= S && sensorNs < 2 * S)).toBe(false);
  expect(readings.some(({ sensorNs }) => sensorNs > 2 * S)).toBe(true);
});

it('withholds what a sensor misses or answers with an error', () => {
  const all = valuesOf(readingsUnder('h100'), 'sm_clock_mhz').length;
  const dropped = readingsUnder('h100', { kind: 'sensor_drop', gpu: 0, metric: 'sm_clock_mhz', ratio: 0.3 });
  const kept = valuesOf(dropped, 'sm_clock_mhz').length;
  expect(kept).toBeLessThan(all - 10);
  expect(kept).toBeGreaterThan(all - 60);
  const failing = readingsUnder('h100', {
    kind: 'sensor_error',
    gpu: 0,
    metric: 'power_instant_mw',
    code: 999,
  });
  expect(valuesOf(failing, 'power_instant_mw')).toHaveLength(10);
  expect(valuesOf(failing, 'energy_mj')).toHaveLength(30);
});
