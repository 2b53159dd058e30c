import { betaDistribution, betaQuantile, studentHalfWidth } from './beta-distribution.js';

/** Both ends belong to it. An end may be infinite: the sample does not bound that side. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Clopper and Pearson's interval (1934) of a share of which `good` of `trials` were seen: it covers the truth at least as
 * often as it says. The numbers need not be whole. From 0 to 1 without a trial.
 */
export function shareInterval(good: number, trials: number, confidenceRatio: number): Interval {
  const tail = (1 - confidenceRatio) / 2;
  if (!(trials > 0)) return { low: 0, high: 1 };
  return {
    low: good <= 0 ? 0 : betaQuantile(tail, good, trials - good + 1),
    high: good >= trials ? 1 : betaQuantile(1 - tail, good + 1, trials - good),
  };
}

/** Of each request how many were good, of how many: the tokens in time of all its tokens, say. */
export interface RatioSample {
  readonly good: Float64Array;
  readonly total: Float64Array;
}

export function ratioOf({ good, total }: RatioSample): number | undefined {
  const all = sumOf(total);
  return all === 0 ? undefined : sumOf(good) / all;
}

/**
 * The interval of a share that is pooled over requests whose parts are alike (tokens of one request are late together).
 * Korn and Graubard (1998): Clopper and Pearson's at as many trials as give the variance that is seen between requests.
 * Where that variance is nothing (all good), each request counts as one trial: nothing is known of how alike its parts are.
 */
export function ratioInterval(sample: RatioSample, confidenceRatio: number): Interval {
  const ratio = ratioOf(sample);
  if (ratio === undefined) return { low: 0, high: 1 };
  const trials = effectiveTrials(sample, ratio, confidenceRatio);
  return shareInterval(ratio * trials, trials, confidenceRatio);
}

function effectiveTrials({ good, total }: RatioSample, ratio: number, confidenceRatio: number): number {
  const all = sumOf(total);
  const requests = total.reduce((count, parts) => count + (parts > 0 ? 1 : 0), 0);
  const squares = good.reduce((sum, part, index) => sum + (part - ratio * (total[index] ?? 0)) ** 2, 0);
  if (requests < 2 || squares === 0) return Math.min(requests, all);
  const variance = ((requests / (requests - 1)) * squares) / all ** 2;
  const widening =
    studentHalfWidth(confidenceRatio, Math.max(1, all - 1)) / studentHalfWidth(confidenceRatio, requests - 1);
  return Math.min(all, ((ratio * (1 - ratio)) / variance) * widening ** 2);
}

/**
 * The interval of a quantile between two order statistics (David and Nagaraja, Order Statistics, 7.1): whatever the
 * distribution, it covers the truth at least as often as it says. `sorted` ascending, `Infinity` allowed (a request that
 * failed). An end that so few values cannot bound is 0 below and infinite above. It holds the interpolated quantile too.
 */
export function quantileInterval(sorted: Float64Array, ratio: number, confidenceRatio: number): Interval {
  const tail = (1 - confidenceRatio) / 2;
  const count = sorted.length;
  /** P(at least `rank` values lie below the quantile). */
  const atLeast = (rank: number): number => (rank < 1 ? 1 : betaDistribution(ratio, rank, count - rank + 1));
  const firstTooHigh = firstRank(count, (rank) => 1 - atLeast(rank) > tail);
  const highRank = firstRank(count, (rank) => atLeast(rank) <= tail);
  const value = quantileOf(sorted, ratio) ?? 0;
  return {
    low: Math.min(value, sorted[firstTooHigh - 2] ?? 0),
    high: Math.max(value, sorted[highRank - 1] ?? Infinity),
  };
}

/** The first rank from 1 at which a condition holds that holds from there on; `count + 1` for none. */
function firstRank(count: number, holds: (rank: number) => boolean): number {
  let low = 1;
  let high = count + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Linear interpolation between the nearest ranks, as the metrics package has it, over values that may be infinite:
 * `undefined` when empty.
 */
export function quantileOf(sorted: Float64Array, ratio: number): number | undefined {
  const rank = (sorted.length - 1) * ratio;
  const below = sorted[Math.floor(rank)];
  const above = sorted[Math.ceil(rank)];
  if (below === undefined || above === undefined) return undefined;
  return above === below
    ? below
    : above === Infinity
      ? Infinity
      : below + (above - below) * (rank - Math.floor(rank));
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
