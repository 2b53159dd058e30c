import { durationNs, NS_PER_S, type DurationNs } from '@fluidscope/units';
import { quantile, sortSamples } from './sorted-samples.js';

/** The token rate that a run sustained fluidly: 99 % of its requests reach a decode fluidity-index of 0.9 at it. */
export interface FluidTokenGenerationRate {
  /** `1 / D*`. */
  readonly tokensPerS: number;
  /** `D*`: the `ceil(0.99 n)`-th smallest of the requests' smallest deadlines. */
  readonly deadlineNs: DurationNs;
  /** The same with Etalon's interpolated 99th percentile in place of `D*`. */
  readonly etalonCompatibleTokensPerS: number;
}

/** From each request's `minTbtDeadlineNs` (whole, above 0; requests that have none are left out). `undefined` when empty. */
export function fluidTokenGenerationRate(
  minTbtDeadlinesNs: Float64Array,
): FluidTokenGenerationRate | undefined {
  const invalidIndex = minTbtDeadlinesNs.findIndex(
    (valueNs) => !Number.isSafeInteger(valueNs) || valueNs <= 0,
  );
  if (invalidIndex !== -1) {
    throw new RangeError(
      `Expected whole nanoseconds above 0 for minTbtDeadlinesNs[${invalidIndex}] but received ${minTbtDeadlinesNs[invalidIndex]}`,
    );
  }
  const sorted = sortSamples(minTbtDeadlinesNs);
  const deadlineNs = sorted[Math.ceil((99 * sorted.length) / 100) - 1];
  const interpolatedNs = quantile(sorted, 0.99);
  if (deadlineNs === undefined || interpolatedNs === undefined) return undefined;
  return {
    tokensPerS: NS_PER_S / deadlineNs,
    deadlineNs: durationNs(deadlineNs),
    etalonCompatibleTokensPerS: NS_PER_S / interpolatedNs,
  };
}
