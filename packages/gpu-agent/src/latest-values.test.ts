import { expect, it } from 'vitest';
import { LatestValues } from './latest-values.js';
import { scriptedRecords } from './testing/scripted-sampler.js';

const FRESH = 1;
const REPEAT = 0;
/** Above 2^53, as after 200 days of uptime, and just under a carry of the low 32 bits. */
const ORIGIN = 17_280_000_000_000_000n | 0xffff_fff0n;

it('keeps the newest value of each series, and when it last changed', () => {
  const latest = new LatestValues(ORIGIN);
  latest.addRecords(
    scriptedRecords([
      { monoNs: ORIGIN + 5n, metricId: 1, value: 1410, flags: FRESH },
      { monoNs: ORIGIN + 100n, metricId: 1, value: 1410, flags: REPEAT },
      { monoNs: ORIGIN + 100n, gpuIndex: 0xffff, metricId: 1001, subId: 3, value: 7, flags: FRESH },
    ]),
  );
  expect(latest.get(0, 1)).toMatchObject({ value: 1410, atNs: 100, freshAtNs: 5 });
  expect(latest.get(0xffff, 1001, 3)).toMatchObject({ gpuIndex: 0xffff, value: 7, atNs: 100 });
  expect(latest.get(0, 2)).toBeUndefined();
  expect([...latest]).toHaveLength(2);
});

it('does not let a late, older sample replace a newer one', () => {
  const latest = new LatestValues(0n);
  const common = { gpuIndex: 0, metricId: 40, subId: 0, isFresh: true };
  latest.add({ ...common, value: 2, atNs: 20 });
  latest.add({ ...common, value: 1, atNs: 10 });
  expect(latest.get(0, 40)?.value).toBe(2);
});

it('forgets series silent for a minute to make room, and counts what does not fit', () => {
  const latest = new LatestValues(0n, 2);
  const process = (subId: number, atNs: number) =>
    latest.add({ gpuIndex: 0, metricId: 70, subId, value: 1, atNs, isFresh: true });
  process(1, 0);
  process(2, 30e9);
  process(3, 31e9);
  expect(latest.refusedCount).toBe(1);
  process(4, 61e9);
  expect([...latest].map(({ subId }) => subId)).toEqual([2, 4]);
});

it('leaves out a part of a record', () => {
  const latest = new LatestValues(0n);
  latest.addRecords(scriptedRecords([{ monoNs: 1n, metricId: 1, value: 1 }]).subarray(0, 39));
  expect([...latest]).toEqual([]);
});
