import type { Scored } from './isotonic-fit.js';
import type { RunOutcome } from './run-outcome.js';

/** What was heard in runs, with how often it was right; every run weighs the same. */
export function scoredSuspicions(outcomes: readonly RunOutcome[]): Scored[] {
  return outcomes.flatMap(({ suspicions }) => {
    const total = suspicions.reduce((sum, { weight }) => sum + weight, 0);
    return suspicions
      .filter(({ weight }) => weight > 0)
      .map(({ score, weight, correctWeight }) => ({
        score,
        weight: weight / total,
        correctRatio: correctWeight / weight,
      }));
  });
}
