import { describe, expect, it } from 'vitest';
import { periodicities, type TimedStall } from './periodicity.js';

function stallAt(startNs: number, lengthNs = 400): TimedStall {
  return { kind: 'engine', startNs, endNs: startNs + lengthNs };
}

describe('periodicities', () => {
  const steady = (timeNs: number): number => timeNs;

  it('finds even distances in time, one of them missing, among stalls of other lengths', () => {
    const even = [0, 10_000, 20_100, 40_000, 49_900].map((startNs) => stallAt(startNs));
    const others = [3_000, 7_500, 31_000, 44_000].map((startNs) => stallAt(startNs, 20));
    const found = periodicities([...even, ...others], steady).get(even[0] ?? stallAt(0));
    expect(found).toMatchObject({ likeCount: 5, inTimeRatio: 1 });
    expect(found?.periodNs).toBeGreaterThan(9_500);
    expect(found?.periodNs).toBeLessThan(10_500);
  });

  it('finds even distances in steps where those in time are not', () => {
    const stalls = [0, 1_000, 9_000, 10_500, 30_000, 34_000].map((startNs) => stallAt(startNs));
    const stepOf = new Map(stalls.map(({ startNs }, index) => [startNs, 600 * index]));
    const found = periodicities(stalls, (timeNs) => stepOf.get(timeNs) ?? 0).get(stalls[0] ?? stallAt(0));
    expect(found).toMatchObject({ inStepsRatio: 1, periodStepsCount: 600 });
    expect(found?.inTimeRatio).toBeLessThan(0.7);
  });

  it('says nothing of fewer than four', () => {
    expect(
      periodicities(
        [0, 10, 20].map((startNs) => stallAt(startNs)),
        steady,
      ).size,
    ).toBe(0);
  });
});
