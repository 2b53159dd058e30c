import { expect, it } from 'vitest';
import { gpuMetricById, gpuMetricByName } from './gpu-metrics.js';
import { HOST_METRICS, hostMetricById, hostMetricByName } from './host-metrics.js';

it('gives every metric an id and a name of its own, apart from those of GPUs', () => {
  expect(new Set(HOST_METRICS.map(({ id }) => id)).size).toBe(HOST_METRICS.length);
  expect(new Set(HOST_METRICS.map(({ name }) => name)).size).toBe(HOST_METRICS.length);
  expect(HOST_METRICS.every(({ id }) => id > 1000 && id < 65_536 && gpuMetricById(id) === undefined)).toBe(
    true,
  );
  expect(HOST_METRICS.filter(({ name }) => gpuMetricByName(name) !== undefined)).toEqual([]);
});

it.each(HOST_METRICS)('names $name by its unit, $unit', ({ id, name, unit }) => {
  expect(name.endsWith(`_${unit.toLowerCase()}`)).toBe(true);
  expect(hostMetricById(id)?.name).toBe(name);
  expect(hostMetricByName(name)?.id).toBe(id);
});

it('knows nothing of other ids and names', () => {
  expect(hostMetricById(1)).toBeUndefined();
  expect(hostMetricByName('toString')).toBeUndefined();
});
