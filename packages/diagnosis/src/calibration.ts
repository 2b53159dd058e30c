/** Probability that a cause is the right one, given the sum of its log-likelihood ratios: the logistic function, as for even prior odds. */
export function calibratedConfidence(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
