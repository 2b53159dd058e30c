import { expect, it } from 'vitest';
import { RecordBatch } from './record-batch.js';
import { readRecords, type ReadRecord } from './testing/collect.js';

function batchOf(values: readonly (readonly [beforeMs: number, value: number])[]): readonly ReadRecord[] {
  const records: Buffer[] = [];
  const batch = new RecordBatch({
    originMonoNs: 0n,
    flush: (each) => records.push(Buffer.from(each)),
    onChange: () => {},
  });
  const series = batch.seriesOf(1013, 0, true);
  for (const [beforeMs, value] of values) {
    batch.add(series, value, { beforeNs: beforeMs * 1_000_000, callNs: 5 });
  }
  batch.flush();
  return readRecords(Buffer.concat(records));
}

it('emits a first value, the last repeat before a change, and the change', () => {
  const emitted = batchOf([
    [0, 1],
    [50, 1],
    [100, 1],
    [150, 2],
  ]);
  expect(emitted.map(({ beforeNs, value, flags }) => [beforeNs / 1e6, value, flags])).toEqual([
    [0, 1, 1],
    [100, 1, 0],
    [150, 2, 1],
  ]);
});

it('repeats a constant value once a second, and each reading once at most', () => {
  const emitted = batchOf(Array.from({ length: 51 }, (_, at) => [at * 50, 1] as const));
  expect(emitted.map(({ beforeNs, flags }) => [beforeNs / 1e6, flags])).toEqual([
    [0, 1],
    [1000, 0],
    [2000, 0],
  ]);
});

it('marks a counter that went back', () => {
  expect(
    batchOf([
      [0, 9],
      [50, 2],
    ]).map(({ flags }) => flags),
  ).toEqual([1, 3]);
});

it('hands on a full buffer and goes on', () => {
  const values = Array.from({ length: 10_000 }, (_, at) => [at, at] as const);
  expect(batchOf(values).map(({ value }) => value)).toEqual(values.map(([, value]) => value));
});
