import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDistribution, DistributionCount, type Distribution } from './index.js';

/** The values twice, the second time backwards: passes may come in any order. */
function inTwoPasses(values: readonly number[], zerosCount = 0): Distribution | undefined {
  const count = new DistributionCount();
  values.forEach((value) => count.add(value));
  count.addZeros(zerosCount);
  const selection = count.beginSelection();
  values.toReversed().forEach((value) => selection.add(value));
  selection.addZeros(zerosCount);
  return selection.finish();
}

function expectSame(found: Distribution | undefined, expected: Distribution | undefined): void {
  if (found === undefined || expected === undefined) {
    expect(found).toBe(expected);
    return;
  }
  const { mean, standardDeviation, ...ranked } = found;
  expect({ ...expected, ...ranked }).toEqual(expected);
  // Sums in another order round otherwise.
  const tolerance = 1e-9 * (1 + Math.abs(expected.max));
  expect(Math.abs(mean - expected.mean)).toBeLessThan(tolerance);
  expect(Math.abs(standardDeviation - expected.standardDeviation)).toBeLessThan(tolerance);
}

describe('a distribution in two passes', () => {
  const anyNs = fc.oneof(
    fc.integer({ min: 0, max: 5_000 }),
    fc.integer({ min: 19_000_000, max: 21_000_000 }),
    fc.constantFrom(0, 1, 2 ** 40, -7, 0.25, 1.5),
  );

  it('equals the one over all values at once', () => {
    fc.assert(
      fc.property(fc.array(anyNs, { maxLength: 300 }), fc.nat({ max: 50 }), (values, zerosCount) => {
        const all = Float64Array.from([...values, ...Array<number>(zerosCount).fill(0)]);
        expectSame(inTwoPasses(values, zerosCount), describeDistribution(all));
      }),
      { numRuns: 500 },
    );
  });

  it('finds percentiles that lie many to a bin', () => {
    const values = Array.from({ length: 10_001 }, (_, index) => 20_000_000 + ((index * 7_919) % 10_001));
    expect(inTwoPasses(values)).toMatchObject({ p50: 20_005_000, p99: 20_009_900, max: 20_010_000 });
  });

  it('is undefined without a value', () => {
    expect(inTwoPasses([])).toBeUndefined();
  });

  it('refuses what is no finite number', () => {
    expect(() => new DistributionCount().add(NaN)).toThrow(
      new RangeError('Expected a finite number but received NaN'),
    );
  });

  it('notices a second pass over other values', () => {
    const count = new DistributionCount();
    count.add(5);
    const selection = count.beginSelection();
    selection.add(6);
    expect(() => selection.finish()).toThrow('not given the values of the first');
  });
});
