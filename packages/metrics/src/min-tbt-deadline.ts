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
  const spanNs =
    (timings.arrivalsNs[extent.lastIndex] as number) - (timings.arrivalsNs[extent.firstIndex] as number);
  const guessNs = Math.max(1, Math.floor((USUAL_RATIO * spanNs) / decodeTokens));
  const guess = lateTokensAt(timings, extent, guessNs);
  if (walkLate(guess, guessNs, decodeTokens) < 0) return durationNs(bisect(guess, guessNs, decodeTokens));
  // The 2 ns cover the rounding of the product.
  const tooShortNs = Math.max(0, Math.floor((TOO_SHORT_RATIO * spanNs) / decodeTokens) - 2);
  return durationNs(bisect(lateTokensAt(timings, extent, tooShortNs), tooShortNs, decodeTokens));
}

/**
 * A deadline below this share of the mean gap fails. With at most one miss in ten, misses are at most a ninth of the
 * tokens, and the decode's span fits into one deadline for each token and each miss.
 */
const TOO_SHORT_RATIO = 0.9;

/** A share of the mean gap that is still too short for most streams. Another guess costs time and changes no answer. */
const USUAL_RATIO = 0.94;

/** Tokens that some deadline makes late, in order: when each came and how many decode tokens had come with it. */
interface LateTokens {
  readonly arrivalsNs: readonly number[];
  readonly ordinals: readonly number[];
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
    const edgeNs = walkLate(late, failingNs + Math.floor((passingNs - failingNs) / 2), decodeTokens);
    if (edgeNs > 0) passingNs = Math.max(edgeNs, failingNs + 1);
    else failingNs = Math.min(-edgeNs, passingNs - 1);
  }
  return passingNs;
}

/** The smallest deadline, 1 or more, that no token misses: the largest mean gap up to any token. */
function noMissDeadlineNs({ arrivalsNs, ordinals }: LateTokens): number {
  let largestMeanNs = 1;
  for (let index = 0; index < arrivalsNs.length; index += 1) {
    const meanNs = (arrivalsNs[index] as number) / (ordinals[index] as number);
    if (meanNs > largestMeanNs) largestMeanNs = meanNs;
  }
  return Math.ceil(largestMeanNs);
}

/**
 * Walks the tokens that may be late. When the deadline passes, the smallest deadline at which this walk goes the same way;
 * when it fails, minus the largest one.
 *
 * A token that came `waitNs` after the walk's last restart, as the `n`-th since, has seen `q = floor(waitNs / D)` deadlines
 * go by: it is late when `waitNs > n D` and then misses `q - n + 1` of them. That stays so down to `waitNs / n` while it is
 * in time, and between `waitNs / (q + 1)` and `waitNs / q` while it is late.
 */
function walkLate({ arrivalsNs, ordinals }: LateTokens, tbtDeadlineNs: number, decodeTokens: number): number {
  let restartNs = 0;
  let restartOrdinal = 0;
  let inTimeLess9Missed = decodeTokens;
  let inTimeFromNs = 1;
  let lateAboveNs = 0;
  let sameBelowNs = Infinity;
  for (let index = 0; index < arrivalsNs.length; index += 1) {
    const waitNs = (arrivalsNs[index] as number) - restartNs;
    const tokensSince = (ordinals[index] as number) - restartOrdinal;
    const lateNs = waitNs - tokensSince * tbtDeadlineNs;
    if (lateNs <= 0) {
      const fromNs = waitNs / tokensSince;
      if (fromNs > inTimeFromNs) inTimeFromNs = fromNs;
      continue;
    }
    const missedCount = deadlinesPassedCount(lateNs, tbtDeadlineNs);
    const passedCount = tokensSince + missedCount - 1;
    const belowNs = waitNs / passedCount;
    if (belowNs < sameBelowNs) sameBelowNs = belowNs;
    const aboveNs = waitNs / (passedCount + 1);
    if (aboveNs > lateAboveNs) lateAboveNs = aboveNs;
    inTimeLess9Missed -= 9 * missedCount + 1;
    if (inTimeLess9Missed < 0) return -Math.max(tbtDeadlineNs, Math.ceil(sameBelowNs) - 1);
    restartNs = arrivalsNs[index] as number;
    restartOrdinal = ordinals[index] as number;
  }
  return Math.max(Math.ceil(inTimeFromNs), Math.floor(lateAboveNs) + 1);
}
