import type { CapacityTerm } from './point-outcome.js';

export interface SearchOptions {
  readonly terms: readonly CapacityTerm[];
  readonly startLoad: number;
  readonly lowestLoad: number;
  readonly highestLoad: number;
  /** Requests in flight are whole; rates are not. */
  readonly isWhole: boolean;
  /** The interval's half-width at which the search is over, as a share of the capacity. */
  readonly precisionRatio: number;
  /** Requests whose outcome counts, of one run near the capacity; a bracketing run has a quarter. */
  readonly steadyCount: number;
  /** What all runs together may take; a run that would exceed it is not begun. */
  readonly mostRequestsCount: number;
  readonly mostElapsedNs: number;
}

/** So many failures are expected of one run at the limit: fewer say little, and a steadier run costs more than it says. */
const FAILURES_AT_LIMIT_COUNT = 20;
const FEWEST_STEADY_COUNT = 100;

/** Requests of one run, by the term with the rarest failures. */
export function defaultSteadyCount(terms: readonly CapacityTerm[]): number {
  const rarest = Math.max(...terms.map(({ targetRatio }) => targetRatio));
  return Math.max(FEWEST_STEADY_COUNT, Math.ceil(FAILURES_AT_LIMIT_COUNT / (1 - rarest) - 1e-9));
}
