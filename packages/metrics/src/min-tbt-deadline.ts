import { durationNs, type DurationNs } from '@fluidscope/units';
import { deadlinesPassedCount, decodeWalk } from './deadline-walk.js';
import { tokenExtent, type TokenExtent, type TokenTimings } from './token-timings.js';

/**
 * The smallest whole-nanosecond `D_d`, 1 or more, at which a request's decode (first gap skipped, slack 0) misses
 * at most one deadline in ten. `undefined` with fewer than 2 tokens; `RangeError` on timings that break their contract.
 *
 * Bisection finds it because the miss share never rises with the deadline. By induction over the tokens, a longer
 * deadline leaves at least as much slack at each: a token in time stays in time, and a late one passes no more
 * deadlines. So misses only fall, tokens in time only grow, and with them falls misses / (misses + tokens in time).
 */
export function minTbtDeadline(timings: TokenTimings): DurationNs | undefined {
  return minTbtDeadlineWithin(timings, tokenExtent(timings));
}

/** `minTbtDeadline` of valid timings whose extent is known. */
export function minTbtDeadlineWithin(timings: TokenTimings, extent: TokenExtent): DurationNs | undefined {
  if (extent.outputTokens < 2) return undefined;
  const decodeTokens = extent.outputTokens - 1;
  const tooShortNs = failingDeadlineNs(timings, extent);
  return durationNs(bisect(lateTokensAt(timings, extent, tooShortNs), tooShortNs, decodeTokens));
}

/** Tokens that some deadline makes late, in order: when each came and how many decode tokens had come with it. */
interface LateTokens {
  readonly arrivalsNs: readonly number[];
  readonly ordinals: readonly number[];
}

/**
 * A deadline that fails along with all below it. With at most one miss in ten, misses are at most a ninth of the
 * tokens, and the decode's span fits into one deadline for each token and each miss, so `D_d` is at least
 * 0.9 of the mean gap. The 2 ns cover the rounding of the product.
 */
function failingDeadlineNs(
  timings: TokenTimings,
  { outputTokens, firstIndex, lastIndex }: TokenExtent,
): number {
  const spanNs = (timings.arrivalsNs[lastIndex] as number) - (timings.arrivalsNs[firstIndex] as number);
  return Math.max(0, Math.floor((0.9 * spanNs) / (outputTokens - 1)) - 2);
}

/** The tokens late at one deadline: no other token is late at a longer one, so later walks visit these alone. */
function lateTokensAt(timings: TokenTimings, extent: TokenExtent, tbtDeadlineNs: number): LateTokens {
  const { arrivalsNs, tokenCounts } = timings;
  const { originNs, chunkIndex } = decodeWalk(timings, extent, tbtDeadlineNs);
  const late = { arrivalsNs: [] as number[], ordinals: [] as number[] };
  let ordinal = tokenCounts[extent.firstIndex] as number;
  let dueNs = ordinal * tbtDeadlineNs;
  for (let index = chunkIndex; index <= extent.lastIndex; index += 1) {
    const chunkTokens = tokenCounts[index] as number;
    if (chunkTokens === 0) continue;
    const arrivalNs = (arrivalsNs[index] as number) - originNs;
    if (arrivalNs > dueNs) {
      late.arrivalsNs.push(arrivalNs);
      late.ordinals.push(ordinal);
      dueNs = arrivalNs;
    }
    dueNs += chunkTokens * tbtDeadlineNs;
    ordinal += chunkTokens;
  }
  return late;
}

/**
 * Narrows (`failingNs`, `passingNs`] to one nanosecond. Each walk tells over which deadlines it would go the same
 * way, so the bracket closes in steps of outcomes, not of nanoseconds.
 */
function bisect(late: LateTokens, tooShortNs: number, decodeTokens: number): number {
  let failingNs = tooShortNs;
  let passingNs = Math.max(noMissDeadlineNs(late), failingNs + 1);
  while (passingNs - failingNs > 1) {
    const walk = walkLate(late, failingNs + Math.floor((passingNs - failingNs) / 2), decodeTokens);
    if (walk.passes) passingNs = Math.max(walk.sameFromNs, failingNs + 1);
    else failingNs = Math.min(walk.sameToNs, passingNs - 1);
  }
  return passingNs;
}

/** The smallest deadline, 1 or more, that no token misses: the largest mean gap up to any token. */
function noMissDeadlineNs({ arrivalsNs, ordinals }: LateTokens): number {
  let largestMeanNs = 1;
  for (let index = 0; index < arrivalsNs.length; index += 1) {
    largestMeanNs = Math.max(largestMeanNs, (arrivalsNs[index] as number) / (ordinals[index] as number));
  }
  return Math.ceil(largestMeanNs);
}

/** Whether a deadline passes, and the other deadlines that this walk settles: it would go the same way at each. */
type LateWalk =
  | { readonly passes: true; readonly sameFromNs: number }
  | { readonly passes: false; readonly sameToNs: number };

/**
 * Walks the tokens that may be late. One that came `waitNs` after the walk's last restart, as the `n`-th token since,
 * has seen `q = floor(waitNs / D)` deadlines go by: it is late when `waitNs > n D` and then misses `q - n + 1` of them.
 * Nothing changes down to `waitNs / n` while it is in time, and from there to `waitNs / q` and `waitNs / (q + 1)` while late.
 */
function walkLate(
  { arrivalsNs, ordinals }: LateTokens,
  tbtDeadlineNs: number,
  decodeTokens: number,
): LateWalk {
  let restartNs = 0;
  let restartOrdinal = 0;
  let inTimeLess9Missed = decodeTokens;
  let sameAboveNs = 0;
  let sameBelowNs = Infinity;
  for (let index = 0; index < arrivalsNs.length; index += 1) {
    const waitNs = (arrivalsNs[index] as number) - restartNs;
    const tokensSince = (ordinals[index] as number) - restartOrdinal;
    const lateNs = waitNs - tokensSince * tbtDeadlineNs;
    if (lateNs <= 0) {
      sameAboveNs = Math.max(sameAboveNs, Math.ceil(waitNs / tokensSince));
      continue;
    }
    const missedCount = deadlinesPassedCount(lateNs, tbtDeadlineNs);
    const passedCount = tokensSince + missedCount - 1;
    sameAboveNs = Math.max(sameAboveNs, Math.floor(waitNs / (passedCount + 1)) + 1);
    sameBelowNs = Math.min(sameBelowNs, Math.ceil(waitNs / passedCount) - 1);
    inTimeLess9Missed -= 9 * missedCount + 1;
    if (inTimeLess9Missed < 0) return { passes: false, sameToNs: Math.max(tbtDeadlineNs, sameBelowNs) };
    restartNs = arrivalsNs[index] as number;
    restartOrdinal = ordinals[index] as number;
  }
  return { passes: true, sameFromNs: sameAboveNs };
}
