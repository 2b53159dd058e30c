import { CALIBRATION_FIT } from './calibration-fit.js';

/**
 * Probability that a cause is the right one, given the sum of its log-likelihood ratios: a logistic function that can be fitted to how often suspicions
 * of such a score were right in simulated runs (Platt's scaling). What evidence of a kind can show at all is capped by its verdict.
 */
export function calibratedConfidence(score: number, { slope, intercept } = CALIBRATION_FIT): number {
  return 1 / (1 + Math.exp(-(slope * score + intercept)));
}
