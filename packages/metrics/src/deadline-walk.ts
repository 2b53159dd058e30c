import type { Deadlines } from './deadlines.js';
import type { TokenExtent, TokenTimings } from './token-timings.js';

/**
 * Where a walk over deadlines stands before it meets its next chunk: times are relative to `originNs`.
 *
 * Slack is not kept as a number of its own: the next token's due time is the previous arrival plus slack plus
 * `D_d`, so an early token moves the due time by `D_d` alone, and a late one starts it again from its arrival.
 * All times are non-negative integers; a due time past 2^53 may lose its last bits but stays above every
 * arrival, so no comparison changes.
 */
export interface WalkStart {
  readonly chunkIndex: number;
  readonly originNs: number;
  /** When the next token is due, after `originNs`. */
  readonly dueNs: number;
}

/** What a walk found. On-time tokens are `totalDeadlinesCount - missedDeadlinesCount`. */
export interface DeadlineTally {
  readonly missedDeadlinesCount: number;
  readonly totalDeadlinesCount: number;
  readonly lateTokensCount: number;
}

/** Called for each late token with the first of the deadlines that it missed, after `originNs`, and their number. */
export type OnLateToken = (chunkIndex: number, dueNs: number, missedCount: number) => void;

/** The walk over all tokens: the first is due `D_p` after the start, the request's own where it has one. */
export function wholeWalk(timings: TokenTimings, deadlines: Deadlines): WalkStart {
  return {
    chunkIndex: 0,
    originNs: timings.startNs,
    dueNs: timings.ttftDeadlineNs ?? deadlines.ttftDeadlineNs,
  };
}

/**
 * The walk over decode alone: the first gap is skipped and slack starts at 0 at the first token's arrival.
 * The other tokens of the first chunk are decode tokens with gap 0. Needs a token.
 */
export function decodeWalk(
  timings: TokenTimings,
  { firstIndex }: TokenExtent,
  tbtDeadlineNs: number,
): WalkStart {
  return {
    chunkIndex: firstIndex + 1,
    originNs: timings.arrivalsNs[firstIndex] as number,
    dueNs: (timings.tokenCounts[firstIndex] as number) * tbtDeadlineNs,
  };
}

/** Walks valid timings against a spacing of `tbtDeadlineNs`; only a chunk's first token can be late. */
export function walkDeadlines(
  { arrivalsNs, tokenCounts }: TokenTimings,
  start: WalkStart,
  tbtDeadlineNs: number,
  onLate: OnLateToken,
): void {
  const { originNs } = start;
  let { dueNs } = start;
  for (let index = start.chunkIndex; index < arrivalsNs.length; index += 1) {
    const chunkTokens = tokenCounts[index] as number;
    if (chunkTokens === 0) continue;
    const arrivalNs = (arrivalsNs[index] as number) - originNs;
    if (arrivalNs > dueNs) {
      onLate(index, dueNs, deadlinesPassedCount(arrivalNs - dueNs, tbtDeadlineNs));
      dueNs = arrivalNs;
    }
    dueNs += chunkTokens * tbtDeadlineNs;
  }
}

/** Tallies a walk over `walkedTokens` tokens. */
export function tallyDeadlines(
  timings: TokenTimings,
  { start, tbtDeadlineNs, walkedTokens }: { start: WalkStart; tbtDeadlineNs: number; walkedTokens: number },
): DeadlineTally {
  let missedDeadlinesCount = 0;
  let lateTokensCount = 0;
  walkDeadlines(timings, start, tbtDeadlineNs, (_chunkIndex, _dueNs, missedCount) => {
    missedDeadlinesCount += missedCount;
    lateTokensCount += 1;
  });
  const totalDeadlinesCount = walkedTokens - lateTokensCount + missedDeadlinesCount;
  return { missedDeadlinesCount, totalDeadlinesCount, lateTokensCount };
}

/**
 * `floor(late / D_d) + 1`, the deadlines that passed before a token `lateNs` > 0 late.
 *
 * The quotient of two integers below 2^53 is at least `1 / D_d` away from any integer that it does not equal,
 * and the rounding of the division moves it by less, so `Math.floor` of the double is exact.
 */
export function deadlinesPassedCount(lateNs: number, tbtDeadlineNs: number): number {
  return Math.floor(lateNs / tbtDeadlineNs) + 1;
}

/** The share of deadlines met; as a quotient of counts it is the nearest double to the true share. */
export function fluidityIndexOf({ missedDeadlinesCount, totalDeadlinesCount }: DeadlineTally): number {
  return (totalDeadlinesCount - missedDeadlinesCount) / totalDeadlinesCount;
}
