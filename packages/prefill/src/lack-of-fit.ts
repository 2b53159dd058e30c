import type { LengthResidual } from './fit-prefill.js';
import { chiSquaredTail } from './reference-distributions.js';

/** Whether the medians of the lengths lie off the curve by more than their repeats explain. */
export interface LackOfFit {
  /** Chance of medians so far off if the curve were right. */
  readonly pValue: number;
  /** The length that it misses most, as a share of the time. */
  readonly worstTokens: number;
  readonly worstRatio: number;
  /** Beyond chance: the curve is the best quadratic through these lengths and not how this engine behaves. */
  readonly isBeyondChance: boolean;
}

/** Of three coefficients three lengths are always on the curve. */
const COEFFICIENTS_COUNT = 3;
/** The spread is itself a guess, and so the chance is: of fits that are right about one in a hundred is called wrong. */
const BEYOND_CHANCE = 0.001;
/** A median of normal values is so much less sure than their mean. */
const MEDIAN_ERROR = 1.2533;

/** A spread by the median of deviations is as sure as that of so many fewer values; another four stand in from all lengths. */
const MEDIAN_EFFICIENCY = 0.37;
const SHARED_POINTS_COUNT = 4;

/** A square over a spread that is itself a guess is too large on average, by `degrees / (degrees - 2)`. */
function sureness(count: number): number {
  const degreesCount = MEDIAN_EFFICIENCY * (count - 1) + SHARED_POINTS_COUNT;
  return (degreesCount - 2) / degreesCount;
}

/** `undefined` where there are no more lengths than coefficients, or none was repeated. */
export function judgeFit(byLength: readonly LengthResidual[]): LackOfFit | undefined {
  const repeated = byLength.filter(({ count }) => count >= 3);
  const degreesCount = repeated.length - COEFFICIENTS_COUNT;
  const worst = byLength.toSorted((a, b) => Math.abs(b.residualRatio) - Math.abs(a.residualRatio))[0];
  if (degreesCount < 1 || worst === undefined) return undefined;
  const chiSquared = repeated.reduce((sum, { medianNs, predictedNs, spreadNs, count }) => {
    const error = (MEDIAN_ERROR * spreadNs) / Math.sqrt(count);
    return sum + sureness(count) * ((medianNs - predictedNs) / error) ** 2;
  }, 0);
  const pValue = chiSquaredTail(chiSquared, degreesCount);
  return {
    pValue,
    worstTokens: worst.promptTokens,
    worstRatio: worst.residualRatio,
    isBeyondChance: pValue < BEYOND_CHANCE,
  };
}
