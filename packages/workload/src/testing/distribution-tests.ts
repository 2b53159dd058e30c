/**
 * Critical value of sqrt(n) D in the Kolmogorov-Smirnov test at the 1 % level: a sampler of the right distribution stays
 * below it for 99 of 100 seeds, and tests use one fixed seed each.
 */
export const KS_LIMIT_1_PCT = 1.628;

/**
 * sqrt(n) times the largest distance between the sample's distribution and the stated one, looked at from `resolution`
 * up: below it the samples are rounded.
 */
export function ksStatistic(
  samples: readonly number[],
  cdf: (value: number) => number,
  resolution = 0,
): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const distances = sorted.map((value, index) => {
    if (value < resolution) return 0;
    const expected = cdf(value);
    return Math.max((index + 1) / sorted.length - expected, expected - index / sorted.length);
  });
  return Math.sqrt(sorted.length) * Math.max(...distances);
}

/** Sum of (observed - expected)^2 / expected, in units of its standard deviation above its mean. */
export function chiSquareDeviations(observed: readonly number[], expected: readonly number[]): number {
  const sum = observed.reduce((total, count, index) => {
    const mean = expected[index] ?? NaN;
    return total + (count - mean) ** 2 / mean;
  }, 0);
  const degrees = observed.length - 1;
  return (sum - degrees) / Math.sqrt(2 * degrees);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** The regularised lower incomplete gamma function by its power series; good to 1e-12 for the shapes in the tests. */
export function gammaCdf(shape: number, value: number): number {
  if (value <= 0) return 0;
  let term = 1 / shape;
  let sum = term;
  for (let step = 1; step < 2_000 && term > sum * 1e-15; step += 1) {
    term *= value / (shape + step);
    sum += term;
  }
  return Math.min(1, sum * Math.exp(-value + shape * Math.log(value) - logGamma(shape)));
}

/** Stirling's series above 10, reached by the recurrence of the gamma function. */
function logGamma(shape: number): number {
  if (shape < 10) return logGamma(shape + 1) - Math.log(shape);
  const correction = 1 / (12 * shape) - 1 / (360 * shape ** 3) + 1 / (1260 * shape ** 5);
  return (shape - 0.5) * Math.log(shape) - shape + Math.log(2 * Math.PI) / 2 + correction;
}
