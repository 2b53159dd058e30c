import { durationNs, NS_PER_S, type DurationNs } from '@fluidscope/units';
import {
  decodeWalk,
  fluidityIndexOf,
  tallyDeadlines,
  wholeWalk,
  type DeadlineTally,
} from './deadline-walk.js';
import { requireValidDeadlines, type Deadlines } from './deadlines.js';
import { minTbtDeadlineWithin } from './min-tbt-deadline.js';
import { tokenExtent, type TokenExtent, type TokenTimings } from './token-timings.js';

/** A request's metrics. Each is `undefined` where it has no definition: all but the token count without tokens. */
export interface RequestScore {
  readonly outputTokens: number;
  readonly ttftNs: DurationNs | undefined;
  /** Mean time per output token after the first, to the nearest nanosecond. `undefined` below 2 tokens. */
  readonly tpotMeanNs: DurationNs | undefined;
  readonly endToEndNs: DurationNs | undefined;
  /** End-to-end latency per token, to the nearest nanosecond. */
  readonly normalizedLatencyNs: DurationNs | undefined;
  /** `undefined` also when all tokens came at the start itself: no rate follows from no time. */
  readonly outputTokensPerS: number | undefined;
  /** Share of deadlines met, 0 to 1; a stall counts as the deadlines that passed in it. */
  readonly fluidityIndex: number | undefined;
  /** Share of tokens in time, 0 to 1. */
  readonly tokenFluidityIndex: number | undefined;
  /** The fluidity-index with the first gap skipped, so that first-token slack hides no stall. `undefined` below 2 tokens. */
  readonly decodeFluidityIndex: number | undefined;
  readonly missedDeadlinesCount: number | undefined;
  readonly totalDeadlinesCount: number | undefined;
  /** See `minTbtDeadline`. `undefined` below 2 tokens. */
  readonly minTbtDeadlineNs: DurationNs | undefined;
}

/** Scores a request that ended well. Throws `RangeError` on timings or deadlines that break their contract. */
export function scoreRequest(timings: TokenTimings, deadlines: Deadlines): RequestScore {
  const extent = tokenExtent(timings);
  requireValidDeadlines(deadlines);
  const { outputTokens, firstIndex, lastIndex } = extent;
  if (outputTokens === 0) return UNSCORED;
  const firstNs = timings.arrivalsNs[firstIndex] as number;
  const lastNs = timings.arrivalsNs[lastIndex] as number;
  const endToEndNs = lastNs - timings.startNs;
  const tally = wholeTally(timings, deadlines, outputTokens);
  return {
    outputTokens,
    ttftNs: durationNs(firstNs - timings.startNs),
    tpotMeanNs: outputTokens < 2 ? undefined : roundedMeanNs(lastNs - firstNs, outputTokens - 1),
    endToEndNs: durationNs(endToEndNs),
    normalizedLatencyNs: roundedMeanNs(endToEndNs, outputTokens),
    outputTokensPerS: endToEndNs === 0 ? undefined : (outputTokens / endToEndNs) * NS_PER_S,
    fluidityIndex: fluidityIndexOf(tally),
    tokenFluidityIndex: (outputTokens - tally.lateTokensCount) / outputTokens,
    decodeFluidityIndex: decodeFluidityIndex(timings, deadlines.tbtDeadlineNs, extent),
    missedDeadlinesCount: tally.missedDeadlinesCount,
    totalDeadlinesCount: tally.totalDeadlinesCount,
    minTbtDeadlineNs: minTbtDeadlineWithin(timings, extent),
  };
}

const UNSCORED: RequestScore = {
  outputTokens: 0,
  ttftNs: undefined,
  tpotMeanNs: undefined,
  endToEndNs: undefined,
  normalizedLatencyNs: undefined,
  outputTokensPerS: undefined,
  fluidityIndex: undefined,
  tokenFluidityIndex: undefined,
  decodeFluidityIndex: undefined,
  missedDeadlinesCount: undefined,
  totalDeadlinesCount: undefined,
  minTbtDeadlineNs: undefined,
};

function roundedMeanNs(sumNs: number, count: number): DurationNs {
  return durationNs(Math.round(sumNs / count));
}

function wholeTally(timings: TokenTimings, deadlines: Deadlines, walkedTokens: number): DeadlineTally {
  const { tbtDeadlineNs } = deadlines;
  return tallyDeadlines(timings, { start: wholeWalk(timings, deadlines), tbtDeadlineNs, walkedTokens });
}

function decodeFluidityIndex(
  timings: TokenTimings,
  tbtDeadlineNs: number,
  extent: TokenExtent,
): number | undefined {
  if (extent.outputTokens < 2) return undefined;
  const start = decodeWalk(timings, extent, tbtDeadlineNs);
  return fluidityIndexOf(
    tallyDeadlines(timings, { start, tbtDeadlineNs, walkedTokens: extent.outputTokens - 1 }),
  );
}
