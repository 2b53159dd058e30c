import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDistribution, quantile, sortSamples, supportsPercentile } from './index.js';

describe('describeDistribution', () => {
  it('is exact on values whose statistics are known', () => {
    const values = Float64Array.from({ length: 101 }, (_, index) => 1_000 - 10 * index);
    expect(describeDistribution(values)).toEqual({
      count: 101,
      mean: 500,
      min: 0,
      max: 1_000,
      standardDeviation: Math.sqrt(85_000), // of 0, 10 … 1000: 10 sqrt((101^2 - 1) / 12)
      p50: 500,
      p90: 900,
      p95: 950,
      p99: 990,
      p999: expect.closeTo(999, 9) as number,
      unsupportedPercentiles: ['p999'],
    });
  });

  it('leaves the given values as they were', () => {
    const values = Float64Array.of(3, 1, 2);
    describeDistribution(values);
    expect([...values]).toEqual([3, 1, 2]);
  });

  it('has all percentiles at the one value there is, and supports none', () => {
    expect(describeDistribution(Float64Array.of(7))).toMatchObject({
      count: 1,
      mean: 7,
      standardDeviation: 0,
      p50: 7,
      p999: 7,
      unsupportedPercentiles: ['p50', 'p90', 'p95', 'p99', 'p999'],
    });
  });

  it('is undefined when empty', () => {
    expect(describeDistribution(new Float64Array())).toBeUndefined();
  });

  it('names the value that is no number', () => {
    expect(() => describeDistribution(Float64Array.of(1, NaN))).toThrow(
      new RangeError('Expected a finite number for values[1] but received NaN'),
    );
  });

  it('is within its own bounds and in order', () => {
    const finite = fc.array(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(finite, (values) => {
        const found = describeDistribution(Float64Array.from(values));
        if (found === undefined) throw new Error('expected a distribution');
        const ordered = [found.min, found.p50, found.p90, found.p95, found.p99, found.p999, found.max];
        expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
      }),
    );
  });
});

describe('quantile', () => {
  // numpy.quantile([15, 20, 35, 40, 50], q) and DuckDB's quantile_cont give these.
  it.each([
    [0, 15],
    [0.25, 20],
    [0.4, 29],
    [0.5, 35],
    [0.9, 46],
    [1, 50],
  ])('interpolates between ranks at %d', (ratio, expected) => {
    expect(quantile(sortSamples(Float64Array.of(50, 15, 40, 20, 35)), ratio)).toBeCloseTo(expected, 12);
  });

  it('is undefined when empty and refuses a ratio outside 0 to 1', () => {
    const empty = sortSamples(new Float64Array());
    expect(quantile(empty, 0.5)).toBeUndefined();
    for (const ratio of [-0.1, 1.1, NaN]) expect(() => quantile(empty, ratio)).toThrow(RangeError);
  });
});

describe('supportsPercentile', () => {
  it.each([
    ['p50', 2],
    ['p90', 10],
    ['p95', 20],
    ['p99', 100],
    ['p999', 1_000],
  ] as const)('%s needs %d values', (name, neededCount) => {
    expect(supportsPercentile(neededCount, name)).toBe(true);
    expect(supportsPercentile(neededCount - 1, name)).toBe(false);
  });
});
