import type { CapacityTerm } from './point-outcome.js';

export interface SearchOptions {
  readonly terms: readonly CapacityTerm[];
  /** Load of the first run; `undefined`: bursts tell where to begin (of rates only; in flight it is the lowest). */
  readonly startLoad: number | undefined;
  readonly lowestLoad: number;
  readonly highestLoad: number;
  /** Requests in flight are whole; rates are not. */
  readonly isWhole: boolean;
  /** The interval's half-width at which the search is over, as a share of the capacity. */
  readonly precisionRatio: number;
  /** Requests whose outcome counts, of one run near the capacity; a bracketing run has a quarter, and 100 at the most. */
  readonly steadyCount: number;
  /** What all runs together may take; a run that would exceed it is not begun. */
  readonly mostRequestsCount: number;
  readonly mostElapsedNs: number;
}

/** At the limit so many failures are expected of one run of a search for 3 %: fewer say little, and a steadier run costs more than it says. */
const FAILURES_AT_LIMIT_COUNT = 20;
const FINE_PRECISION_RATIO = 0.03;
const FEWEST_STEADY_COUNT = 100;

/**
 * Requests of one run: by the term with the rarest failures, and by what the precision needs. An interval twice as wide needs a quarter of the
 * requests.
 */
export function defaultSteadyCount(
  terms: readonly CapacityTerm[],
  precisionRatio = FINE_PRECISION_RATIO,
): number {
  const rarest = Math.max(...terms.map(({ targetRatio }) => targetRatio));
  const share = roughness(precisionRatio) ** 2;
  return Math.max(FEWEST_STEADY_COUNT, Math.ceil((share * FAILURES_AT_LIMIT_COUNT) / (1 - rarest) - 1e-9));
}

/** How rough a search may be: 1 for 3 %, 0.3 for 10 %. */
export function roughness(precisionRatio: number): number {
  return Math.min(1, FINE_PRECISION_RATIO / precisionRatio);
}
