/** Log-odds, as evidence adds up, to the probability that they are worth. */
export function logistic(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

/** And back; infinite at 0 and 1. */
export function logOdds(ratio: number): number {
  return Math.log(ratio / (1 - ratio));
}
