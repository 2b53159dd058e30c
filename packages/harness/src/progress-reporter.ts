import { NS_PER_S, durationNs, elapsedNs, type DurationNs, type RunNs } from '@fluidscope/units';
import { occurredCodes, type LoadTally } from './load-tally.js';
import type { LoadStage, ProgressSnapshot } from './progress-snapshot.js';
import type { RecentValues } from './recent-values.js';

export interface ProgressReporterOptions {
  readonly plannedCount: number | undefined;
  readonly durationNs: DurationNs | undefined;
  /** Whether requests have times of their own. */
  readonly isOpenLoop: boolean;
}

export interface LoadView {
  readonly stage: LoadStage;
  readonly measuredStartNs: RunNs | undefined;
  readonly tally: LoadTally;
  readonly recentTtftsNs: RecentValues;
}

/** Makes snapshots out of running sums; rates are over the time since the previous snapshot. */
export class ProgressReporter {
  readonly #options: ProgressReporterOptions;
  #previous: {
    readonly atNs: RunNs;
    readonly sentCount: number;
    readonly dueCount: number;
    readonly tokens: number;
  };

  constructor(options: ProgressReporterOptions, startNs: RunNs) {
    this.#options = options;
    this.#previous = { atNs: startNs, sentCount: 0, dueCount: 0, tokens: 0 };
  }

  snapshot(atNs: RunNs, { stage, measuredStartNs, tally, recentTtftsNs }: LoadView): ProgressSnapshot {
    const { plannedCount, durationNs: loadDurationNs, isOpenLoop } = this.#options;
    const previous = this.#previous;
    this.#previous = { atNs, sentCount: tally.sentCount, dueCount: tally.dueCount, tokens: tally.liveTokens };
    const spanNs = atNs - previous.atNs;
    const perS = (addedCount: number): number => (spanNs > 0 ? (addedCount / spanNs) * NS_PER_S : 0);
    const { fluidityCount, fluidityIndexSum } = tally;
    return {
      atNs,
      stage,
      elapsedNs: durationNs(
        measuredStartNs === undefined ? 0 : Math.max(0, elapsedNs(measuredStartNs, atNs)),
      ),
      plannedCount,
      durationNs: loadDurationNs,
      warmupCount: tally.warmupCount,
      sentCount: tally.sentCount,
      okCount: tally.okCount,
      failedCount: tally.failedCount,
      cancelledCount: tally.cancelledCount,
      failedCountByCode: occurredCodes(tally),
      inFlightCount: tally.inFlightCount,
      queuedCount: tally.waitingCount,
      askedPerS: isOpenLoop ? perS(tally.dueCount - previous.dueCount) : undefined,
      sentPerS: perS(tally.sentCount - previous.sentCount),
      outputTokensPerS: perS(tally.liveTokens - previous.tokens),
      maxLatenessNs: durationNs(tally.maxLatenessNs),
      recentTtftP50Ns: recentQuantileNs(recentTtftsNs, 0.5),
      recentTtftP99Ns: recentQuantileNs(recentTtftsNs, 0.99),
      fluidityMeanIndex: fluidityCount === 0 ? undefined : fluidityIndexSum / fluidityCount,
    };
  }
}

function recentQuantileNs(recentNs: RecentValues, ratio: number): DurationNs | undefined {
  const valueNs = recentNs.quantile(ratio);
  return valueNs === undefined ? undefined : durationNs(valueNs);
}
