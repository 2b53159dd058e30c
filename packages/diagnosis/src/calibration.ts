import { CALIBRATION_FIT, type CalibrationFit } from './calibration-fit.js';
import type { EvidenceTier } from './causes/cause-rule.js';
import { logistic } from './log-odds.js';

/**
 * Probability that a claim is right, given the sum of its log-likelihood ratios and the kind of its evidence: for each kind a logistic function, fitted to how
 * often such claims were right in simulated runs with all telemetry (Platt's scaling). A higher score is never less sure.
 */
export function calibratedConfidence(
  score: number,
  tier: EvidenceTier,
  { lines }: Pick<CalibrationFit, 'lines'> = CALIBRATION_FIT,
): number {
  const { slope, intercept } = lines[tier];
  return logistic(slope * score + intercept);
}
