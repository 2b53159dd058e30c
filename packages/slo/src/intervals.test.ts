import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { describe, expect, it } from 'vitest';
import { betaDistribution, betaQuantile, studentHalfWidth } from './beta-distribution.js';
import { quantileInterval, quantileOf, ratioInterval, shareInterval } from './index.js';

/** P(Bin(trials, p) >= good), summed term by term. */
function binomialTail(good: number, trials: number, p: number): number {
  let sum = 0;
  let term = (1 - p) ** trials;
  for (let k = 0; k <= trials; k += 1) {
    if (k >= good) sum += term;
    term *= ((trials - k) / (k + 1)) * (p / (1 - p));
  }
  return sum;
}

const randomOf = (seed: number): (() => number) => {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
};

describe('the beta distribution', () => {
  it('is the tail of a binomial', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.nat(100),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (trials, k, p) => {
          const good = 1 + (k % trials);
          expect(betaDistribution(p, good, trials - good + 1)).toBeCloseTo(binomialTail(good, trials, p), 9);
        },
      ),
    );
  });

  it('gives the quantiles of the tables', () => {
    expect(betaQuantile(0.975, 3, 8)).toBeCloseTo(0.556095, 6);
    expect(studentHalfWidth(0.95, 10)).toBeCloseTo(2.228139, 6);
    expect(studentHalfWidth(0.95, 1e6)).toBeCloseTo(1.959966, 5);
  });

  it('bounds a million trials', () => {
    const { low, high } = shareInterval(990_000, 1_000_000, 0.95);
    expect(low).toBeCloseTo(0.989803, 5);
    expect(high).toBeCloseTo(0.990194, 5);
  });
});

describe('shareInterval', () => {
  it('is Clopper and Pearson’s', () => {
    const { low, high } = shareInterval(8, 10, 0.95);
    expect(low).toBeCloseTo(0.443905, 6);
    expect(high).toBeCloseTo(0.974789, 6);
    expect(shareInterval(10, 10, 0.95)).toEqual({ low: expect.closeTo(0.691503, 6) as number, high: 1 });
    expect(shareInterval(0, 0, 0.95)).toEqual({ low: 0, high: 1 });
  });

  it('covers the truth at least as often as it says, whatever the truth', () => {
    for (const truth of [0.02, 0.5, 0.9, 0.99]) {
      let missed = 0;
      for (let good = 0; good <= 100; good += 1) {
        const { low, high } = shareInterval(good, 100, 0.9);
        if (truth < low || truth > high)
          missed += binomialTail(good, 100, truth) - binomialTail(good + 1, 100, truth);
      }
      expect(missed).toBeLessThanOrEqual(0.1);
    }
  });
});

describe('ratioInterval', () => {
  it('is as sure as the number of requests where the parts of each are alike, as that of the parts where they are not', () => {
    const total = new Float64Array(200).fill(50);
    const alike = ratioInterval(
      { good: total.map((count, index) => (index % 10 === 0 ? 0 : count)), total },
      0.95,
    );
    const requests = shareInterval(180, 200, 0.95);
    expect(alike.low).toBeCloseTo(requests.low, 2);
    expect(alike.high).toBeCloseTo(requests.high, 2);
    const random = randomOf(7);
    const mixed = {
      good: total.map((count) => [...Array(count).keys()].filter(() => random() < 0.9).length),
      total,
    };
    const { low, high } = ratioInterval(mixed, 0.95);
    const parts = shareInterval(9_000, 10_000, 0.95);
    expect((high - low) / (parts.high - parts.low)).toBeGreaterThan(0.85);
    expect((high - low) / (parts.high - parts.low)).toBeLessThan(1.15);
  });

  it('takes a request for one trial where nothing was missed', () => {
    const total = Float64Array.of(50, 50, 50);
    expect(ratioInterval({ good: total, total }, 0.95)).toEqual(shareInterval(3, 3, 0.95));
    expect(ratioInterval({ good: new Float64Array(0), total: new Float64Array(0) }, 0.95)).toEqual({
      low: 0,
      high: 1,
    });
  });
});

describe('quantileInterval', () => {
  it('covers the quantile at least as often as it says', () => {
    const random = randomOf(11);
    let covered = 0;
    for (let run = 0; run < 2_000; run += 1) {
      const sorted = Float64Array.from({ length: 150 }, random).sort();
      const { low, high } = quantileInterval(sorted, 0.95, 0.9);
      if (low <= 0.95 && high >= 0.95) covered += 1;
    }
    expect(covered / 2_000).toBeGreaterThanOrEqual(0.89);
    expect(covered / 2_000).toBeLessThan(0.97);
  });

  it('does not bound a side that it has no value beyond', () => {
    expect(quantileInterval(Float64Array.of(1, 2, 3), 0.99, 0.95)).toEqual({ low: 2, high: Infinity });
    expect(quantileInterval(new Float64Array(0), 0.5, 0.95)).toEqual({ low: 0, high: Infinity });
  });

  it('holds the quantile, and infinite values', () => {
    const values = fc.array(fc.oneof(fc.nat(1_000), fc.constant(Infinity)), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (each, ratio) => {
        const sorted = Float64Array.from(each).sort();
        const value = quantileOf(sorted, ratio);
        const { low, high } = quantileInterval(sorted, ratio, 0.9);
        expect(value).toBeGreaterThanOrEqual(low);
        expect(value).toBeLessThanOrEqual(high);
      }),
    );
  });
});
