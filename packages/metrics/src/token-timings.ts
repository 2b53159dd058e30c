import type { RunNs } from '@fluidscope/units';

/**
 * When a request's tokens came: chunk `i` arrived at `arrivalsNs[i]` with `tokenCounts[i]` tokens.
 *
 * Arrivals are whole nanoseconds on the clock of `startNs`, non-decreasing, first one at or after `startNs`.
 * A chunk of 0 tokens (role, usage, finish) is allowed and makes no gap.
 */
export interface TokenTimings {
  /** The reference start: intended send unless the caller says otherwise. */
  readonly startNs: RunNs;
  readonly arrivalsNs: Float64Array;
  readonly tokenCounts: Uint32Array;
}
