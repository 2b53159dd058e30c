import { columnsOfRecords } from '@fluidscope/telemetry-link';
import { HOST_GPU_INDEX, hostMetricByName, SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';
import { NO_SERIES, SeriesRegistry } from './series-registry.js';

const THREADS_ID = hostMetricByName('process_threads_count')?.id ?? 0;

/** One sample of each process. */
function samplesOf(firstPid: number, count: number): ReturnType<typeof columnsOfRecords> {
  const records = Buffer.alloc(count * SAMPLE_RECORD_BYTES);
  for (let index = 0; index < count; index++) {
    const at = index * SAMPLE_RECORD_BYTES;
    records.writeUInt16LE(HOST_GPU_INDEX, at + 12);
    records.writeUInt16LE(THREADS_ID, at + 14);
    records.writeUInt32LE(firstPid + index, at + 28);
  }
  return columnsOfRecords(records, 0n);
}

it('numbers so many series and no more, and does not remember those beyond', () => {
  let next = 0;
  const registry = new SeriesRegistry(0, () => next++);
  for (let round = 0; round < 5; round++) registry.seriesOf(samplesOf(1 + round * 20_000, 20_000));
  expect(registry.takeNew()).toHaveLength(65_536);
  expect(registry.knownCount).toBe(65_536);
  expect([...registry.seriesOf(samplesOf(1, 1)), ...registry.seriesOf(samplesOf(1_000_000, 1))]).toEqual([
    0,
    NO_SERIES,
  ]);
  expect(registry.knownCount).toBe(65_536);
});
