import type { Deadlines } from '@fluidscope/metrics';
import type { DurationNs } from '@fluidscope/units';

/** How a plan is driven, apart from the plan and the endpoint: plain data, the same for every worker. */
export interface LoadSettings {
  readonly deadlines: Deadlines;
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
}
