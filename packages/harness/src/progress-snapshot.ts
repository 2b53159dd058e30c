import type { ErrorCode, Phase } from '@fluidscope/trace-schema';
import type { DurationNs, RunNs } from '@fluidscope/units';

/** `preparing`: nothing was sent yet. `draining`: nothing more is sent, the last answers are awaited. */
export type LoadStage = 'preparing' | Phase | 'draining';

/** How the load stands, about once a second. Sums over all workers; warm-up requests count in `warmupCount` alone. */
export interface ProgressSnapshot {
  readonly atNs: RunNs;
  readonly stage: LoadStage;
  /** Since the measured load began; 0 before that. */
  readonly elapsedNs: DurationNs;
  /** Requests that the plan holds, warm-up included; `undefined` when it has no end of its own. */
  readonly plannedCount: number | undefined;
  /** The measured load's own length, when it is bounded by time. */
  readonly durationNs: DurationNs | undefined;
  readonly warmupCount: number;
  readonly sentCount: number;
  readonly okCount: number;
  readonly failedCount: number;
  readonly cancelledCount: number;
  readonly failedCountByCode: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Of both phases. */
  readonly inFlightCount: number;
  /** Due, but held back by the concurrency cap. */
  readonly queuedCount: number;
  /** What the schedule asked for and what was sent, since the previous snapshot; `undefined` in a closed loop. */
  readonly askedPerS: number | undefined;
  readonly sentPerS: number;
  readonly outputTokensPerS: number;
  /** Latest sends behind their intended time. */
  readonly maxLatenessNs: DurationNs;
  /** Over the latest first tokens (at most 512), from intended send; `undefined` before the first. */
  readonly recentTtftP50Ns: DurationNs | undefined;
  readonly recentTtftP99Ns: DurationNs | undefined;
  /** Mean over the measured requests that ended `ok`; `undefined` before the first. */
  readonly fluidityMeanIndex: number | undefined;
}
