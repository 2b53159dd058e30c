import type { ErrorCode, RunEnd } from '@fluidscope/trace-schema';
import type { DurationNs, RunNs } from '@fluidscope/units';

/** Sums over the measured requests; warm-up requests count in `warmupCount` and in `warmupFailedCount` alone. */
export interface LoadCounts {
  readonly warmupCount: number;
  readonly warmupFailedCount: number;
  readonly sentCount: number;
  readonly okCount: number;
  readonly failedCount: number;
  /** Stopped by us: in flight beyond the drain limit, or due and never sent. */
  readonly cancelledCount: number;
  /** Of the cancelled: those that were due and never sent. */
  readonly neverSentCount: number;
  readonly failedCountByCode: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly outputTokens: number;
  readonly maxLatenessNs: DurationNs;
  /** Requests that waited for the concurrency cap, and the longest such wait. */
  readonly queuedCount: number;
  readonly maxQueuedNs: DurationNs;
}

/** When what happened, on the run's clock; `undefined`: not reached. */
export interface LoadWindow {
  readonly warmupStartNs: RunNs | undefined;
  /** Zero of the measured schedule. */
  readonly measuredStartNs: RunNs | undefined;
  /** When sending ended: by the plan, the duration or a stop. Rates are over `[measuredStartNs, endedNs]`. */
  readonly sendingEndedNs: RunNs | undefined;
  /** When the last request ended. */
  readonly endedNs: RunNs;
}

export type RunWarningCode =
  | 'queued_by_cap'
  | 'late_sends'
  | 'kept_alive_broke'
  | 'rate_limited'
  | 'paced'
  | 'token_count_disagrees'
  | 'token_count_failed'
  | 'warmup_failed'
  | 'never_sent'
  | 'worker_crashed'
  | 'user_stamps'
  | 'server_metrics_lost'
  | 'engine_log'
  | 'agent_disconnected'
  | 'agent_samples_lost'
  | 'agent_clock_unknown';

/** Something a reader of the figures must know; the message says what to do about it. */
export interface RunWarning {
  readonly code: RunWarningCode;
  readonly message: string;
}

export interface RunResult {
  readonly stopReason: RunEnd['stopReason'];
  /** Why the run failed; present exactly when `stopReason` is `failed`. */
  readonly failure: Error | undefined;
  readonly window: LoadWindow;
  readonly counts: LoadCounts;
  readonly warnings: readonly RunWarning[];
}
