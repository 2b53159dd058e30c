import { expect, it } from 'vitest';
import { GPU_METRICS, gpuMetricById, gpuMetricByName } from './gpu-metrics.js';

const UNIT_ENDINGS: Readonly<Record<string, RegExp>> = {
  MHz: /_mhz$/,
  mW: /_mw$/,
  mJ: /_mj$/,
  bytes: /_bytes$/,
  KiB: /_kib$/,
  'MiB/s': /_mib_per_s$/,
  '°C': /_celsius$/,
  '%': /_pct$/,
  ns: /_ns$/,
  count: /_count$/,
  index: /_index$/,
  mask: /_mask$/,
};

it('gives every metric an id and a name of its own, within 16 bits', () => {
  expect(new Set(GPU_METRICS.map(({ id }) => id)).size).toBe(GPU_METRICS.length);
  expect(new Set(GPU_METRICS.map(({ name }) => name)).size).toBe(GPU_METRICS.length);
  expect(GPU_METRICS.every(({ id }) => Number.isInteger(id) && id > 0 && id < 65_536)).toBe(true);
});

it.each(GPU_METRICS)('names $name by its unit, $unit', ({ id, name, unit }) => {
  expect(name).toMatch(UNIT_ENDINGS[unit] ?? /^unknown unit$/);
  expect(gpuMetricById(id)?.name).toBe(name);
  expect(gpuMetricByName(name)?.id).toBe(id);
});

it('knows nothing of other ids and names', () => {
  expect(gpuMetricById(0)).toBeUndefined();
  expect(gpuMetricByName('toString')).toBeUndefined();
});
