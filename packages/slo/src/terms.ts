import type { DurationNs } from '@fluidscope/units';

/** Latencies of a request. `tbt` is its longest wait for a later token, so that a limit holds for each of them. */
export type LatencyMetric = 'ttft' | 'tbt' | 'tpot' | 'end_to_end';

/** One demand on a request: a latency at or below its limit, or a fluidity-index at or above its floor. */
export type RequestTerm =
  | { readonly metric: LatencyMetric; readonly limitNs: DurationNs }
  | { readonly metric: 'fluidity_index'; readonly floorIndex: number };

/**
 * A figure of a run, of its measured requests:
 *
 * - `quantile`: of a latency, over the requests; of `tbt`, over all waits for later tokens, pooled. A failed request is worse
 *   than any limit (of `tbt`: one wait without end).
 * - `share`: requests that meet one term, from 0 to 1. `goodput`: those that meet all of the SLO's request terms.
 * - `error_rate`: requests that failed, from 0 to 1.
 * - `fluidity_index` and `missed_deadlines`: the run's index and its complement, pooled over the deadlines of requests that
 *   ended well, as `fluidscope run` prints them. A failed request has no deadlines: bound those by `error_rate`.
 * - `request_rate`, `output_token_rate`: requests that ended well, and their tokens, a second.
 */
export type RunMetric =
  | { readonly kind: 'quantile'; readonly of: LatencyMetric; readonly ratio: number }
  | { readonly kind: 'share'; readonly of: RequestTerm }
  | { readonly kind: 'goodput' }
  | { readonly kind: 'error_rate' }
  | { readonly kind: 'missed_deadlines' }
  | { readonly kind: 'fluidity_index' }
  | { readonly kind: 'request_rate' }
  | { readonly kind: 'output_token_rate' };

/** Which side of its limit a figure must lie on follows from the figure: latencies, errors and misses below, the rest above. */
export type Bound = 'at_most' | 'at_least';

/** One demand on a run. `limit` is in the figure's own unit: ns, a ratio from 0 to 1, or a count a second. */
export interface RunTerm {
  readonly metric: RunMetric;
  readonly limit: number;
}

/**
 * One demand on a run beside another: how far the figure may be worse. `relative` is a share of the other run's figure,
 * `absolute` in the figure's own unit; both signed as the difference is (a latency may grow by at most `+0.05`).
 */
export interface ChangeTerm {
  readonly metric: RunMetric;
  readonly by: 'relative' | 'absolute';
  readonly change: number;
}

/** What a run must meet, all of it. `requestTerms` are what `goodput` counts by. */
export interface Slo {
  readonly requestTerms: readonly RequestTerm[];
  readonly runTerms: readonly RunTerm[];
}

/** An SLO that may also hold a run against another one. */
export interface Gates extends Slo {
  readonly changeTerms: readonly ChangeTerm[];
}

export function boundOf(metric: RunMetric): Bound {
  switch (metric.kind) {
    case 'quantile':
    case 'error_rate':
    case 'missed_deadlines':
      return 'at_most';
    case 'share':
    case 'goodput':
    case 'fluidity_index':
    case 'request_rate':
    case 'output_token_rate':
      return 'at_least';
  }
}

/** Whether a figure meets its term; equality does. */
export function isMetBy({ metric, limit }: RunTerm, value: number): boolean {
  return boundOf(metric) === 'at_most' ? value <= limit : value >= limit;
}
