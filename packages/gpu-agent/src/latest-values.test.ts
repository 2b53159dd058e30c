import fc from 'fast-check';
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

it('makes of many records at once what it makes of one after another', () => {
  const anySample = fc.record({
    monoNs: fc.bigInt(0n, 20n).map((each) => ORIGIN + each),
    gpuIndex: fc.integer({ min: 0, max: 1 }),
    metricId: fc.integer({ min: 1, max: 2 }),
    subId: fc.constantFrom(0, 7),
    value: fc.double(),
    flags: fc.constantFrom(FRESH, REPEAT),
  });
  fc.assert(
    fc.property(fc.array(anySample, { maxLength: 40 }), (samples) => {
      const atOnce = new LatestValues(ORIGIN, 6);
      const each = new LatestValues(ORIGIN, 6);
      atOnce.addRecords(scriptedRecords(samples));
      for (const { monoNs, flags, ...sample } of samples)
        each.add({ ...sample, atNs: Number(monoNs - ORIGIN), isFresh: flags === FRESH });
      // Where a series begins among older samples, its first time is a guess either way.
      const known = (latest: LatestValues) =>
        [...latest].map(({ gpuIndex, metricId, subId, value, atNs }) => [
          gpuIndex,
          metricId,
          subId,
          value,
          atNs,
        ]);
      expect(known(atOnce)).toEqual(known(each));
      expect(atOnce.refusedCount).toBe(each.refusedCount);
    }),
  );
});
