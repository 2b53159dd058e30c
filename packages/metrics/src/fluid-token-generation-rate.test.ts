import { describe, expect, it } from 'vitest';
import { fluidTokenGenerationRate } from './index.js';

describe('fluidTokenGenerationRate', () => {
  it('takes the ceil(0.99 n)-th smallest deadline, and interpolates for Etalon', () => {
    // 1 ms to 200 ms, out of order: the 198th is 198 ms; numpy's 99th percentile is 198.01 ms.
    const deadlinesNs = Float64Array.from(
      { length: 200 },
      (_, index) => (((index * 37) % 200) + 1) * 1_000_000,
    );
    const rate = fluidTokenGenerationRate(deadlinesNs);
    expect(rate?.deadlineNs).toBe(198_000_000);
    expect(rate?.tokensPerS).toBe(1e9 / 198_000_000);
    expect(rate?.etalonCompatibleTokensPerS).toBeCloseTo(1e9 / 198_010_000, 12);
  });

  it.each([
    [1, 1],
    [99, 99],
    [100, 99],
    [101, 100],
    [300, 297], // 0.99 x 300 is 297 exactly, where the double product may not be
  ])('of %d requests takes the %d-th', (count, rank) => {
    const deadlinesNs = Float64Array.from({ length: count }, (_, index) => index + 1);
    expect(fluidTokenGenerationRate(deadlinesNs)?.deadlineNs).toBe(rank);
  });

  it('is undefined when empty', () => {
    expect(fluidTokenGenerationRate(new Float64Array())).toBeUndefined();
  });

  it.each([0, -3, 0.5, NaN])('refuses a deadline of %d by its index', (valueNs) => {
    expect(() => fluidTokenGenerationRate(Float64Array.of(5, valueNs))).toThrow(
      new RangeError(`Expected whole nanoseconds above 0 for minTbtDeadlinesNs[1] but received ${valueNs}`),
    );
  });
});
