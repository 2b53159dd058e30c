import { logBeta } from './log-beta.js';
import type { TermCount } from './point-outcome.js';

export interface RatioIntervalOptions {
  /** Where the test should be sharpest: the mean of the mixture. */
  readonly targetRatio: number;
  readonly designEffect: number;
  /** Chance that the interval ever misses the true share, however often one looks. */
  readonly alpha: number;
}

/**
 * A confidence sequence of a share: valid at all times at once, so that a run may be stopped whenever it says enough. The shares that a mixture of
 * likelihood ratios does not reject (Robbins 1970, Statistical methods related to the law of the iterated logarithm; Howard et al. 2021,
 * Time-uniform, nonparametric, nonasymptotic confidence sequences), the mixture a beta distribution about the target. Requests that share an engine are
 * not independent: their evidence is divided by the design effect, which makes the guarantee an approximation.
 *
 * Nothing counted gives 0 to 1.
 */
export function ratioInterval(
  { goodCount, totalCount }: TermCount,
  { targetRatio, designEffect, alpha }: RatioIntervalOptions,
): { readonly lowRatio: number; readonly highRatio: number } {
  if (totalCount === 0) return { lowRatio: 0, highRatio: 1 };
  const good = goodCount / designEffect;
  const bad = (totalCount - goodCount) / designEffect;
  const a = targetRatio / (1 - targetRatio);
  const mixture = logBeta(a + good, 1 + bad) - logBeta(a, 1);
  const rejects = (ratio: number): boolean =>
    mixture - timesLog(good, ratio) - timesLog(bad, 1 - ratio) >= -Math.log(alpha);
  const ratio = goodCount / totalCount;
  return { lowRatio: edge(0, ratio, rejects), highRatio: edge(1, ratio, rejects) };
}

const HALVINGS = 40;

/** Between a share that may be rejected and the one seen, which is not. */
function edge(outer: number, inner: number, rejects: (ratio: number) => boolean): number {
  if (!rejects(outer)) return outer;
  let rejected = outer;
  let kept = inner;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (rejected + kept) / 2;
    if (rejects(middle)) rejected = middle;
    else kept = middle;
  }
  return kept;
}

function timesLog(count: number, ratio: number): number {
  return count === 0 ? 0 : count * Math.log(ratio);
}
