import type { EvidenceTier } from '@fluidscope/diagnosis';
import { balancedClaims } from './calibration-figures.js';
import type { Scored } from './isotonic-fit.js';
import type { RunOutcome } from './run-outcome.js';

/** Claims by evidence of one tier, with how much of each was right; the misses of every run together weigh 1. */
export function scoredClaims(outcomes: readonly RunOutcome[], evidence: EvidenceTier): Scored[] {
  return balancedClaims(outcomes)
    .filter((claim) => claim.weight > 0 && claim.evidence === evidence)
    .map(({ score, weight, correctWeight }) => ({ score, weight, correctRatio: correctWeight / weight }));
}

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
