import type { Deadlines } from '@fluidscope/metrics';
import type { FirstTokenDeadlines } from '@fluidscope/prefill';
import type { DurationNs } from '@fluidscope/units';

/** How a plan is driven, apart from the plan and the endpoint: plain data, the same for every worker. */
export interface LoadSettings {
  readonly deadlines: Deadlines;
  /** Each request's own first-token deadline by its prompt's length; absent: that of `deadlines` for all. */
  readonly firstTokenDeadlines?: FirstTokenDeadlines | undefined;
  /** Ask the engine to go on to the asked length whatever the model says. */
  readonly ignoreEos: boolean;
  /** Length of the measured load, from its own start (warm-up apart); `undefined`: until the plan ends. */
  readonly durationNs: DurationNs | undefined;
  /**
   * How long requests in flight may go on after a stop by duration or by signal; then they are cancelled.
   * `undefined`: as long as they take. A plan that ran out waits for its last answers: without this limit, or where there is
   * a duration too, until then and for this limit.
   */
  readonly drainLimitNs: DurationNs | undefined;
  /** Most requests in flight at once in an open loop; others queue, and the result says so. `undefined`: no cap. */
  readonly maxInFlightCount: number | undefined;
  /**
   * `retry-after`: when the server refuses a request and says how long to wait, nothing more is sent for so long (by this thread). Requests
   * keep their intended times, so that their latencies hold the wait. `off`, or absent: the schedule is kept, whatever the server says.
   */
  readonly rateLimitPacing?: RateLimitPacing | undefined;
}

export const RATE_LIMIT_PACINGS = ['off', 'retry-after'] as const;
export type RateLimitPacing = (typeof RATE_LIMIT_PACINGS)[number];
