import type { Confusion } from './confusion.js';
import type { Label } from './labels.js';

/** How well one cause is told; ratios are `undefined` where there is nothing to divide by. */
export interface CauseFigures {
  readonly cause: Label;
  /** Missed deadlines that were its own. */
  readonly weight: number;
  readonly precisionRatio: number | undefined;
  readonly recallRatio: number | undefined;
  /** 0 where it was never rightly claimed. */
  readonly f1Ratio: number;
}

/** Of each label that is a truth of any miss but the load, in order of its weight. */
export function causeFigures(confusion: Confusion): CauseFigures[] {
  return confusion.truths
    .filter((label) => label !== 'load')
    .map((cause) => figuresOf(confusion, cause))
    .sort((a, b) => b.weight - a.weight);
}

function figuresOf(confusion: Confusion, cause: Label): CauseFigures {
  const right = confusion.weight(cause, cause);
  const [weight, claimed] = [confusion.ofTruth(cause), confusion.ofClaim(cause)];
  return {
    cause,
    weight,
    precisionRatio: claimed === 0 ? undefined : right / claimed,
    recallRatio: weight === 0 ? undefined : right / weight,
    f1Ratio: (2 * right) / (weight + claimed),
  };
}

/** Every cause weighs the same; `undefined` for none. */
export function macroF1(figures: readonly CauseFigures[]): number | undefined {
  return figures.length === 0
    ? undefined
    : figures.reduce((sum, { f1Ratio }) => sum + f1Ratio, 0) / figures.length;
}
