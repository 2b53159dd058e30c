import { durationNs, type DurationNs } from '@fluidscope/units';
import { deadlinesPassedCount, decodeWalk } from './deadline-walk.js';
import { costOfLate, MissThresholds } from './miss-thresholds.js';
import { tokenExtent, type TokenExtent, type TokenTimings } from './token-timings.js';

/**
 * The smallest whole-nanosecond `D_d`, 1 or more, at which a request's decode (first gap skipped, slack 0) misses
 * at most one deadline in ten. `undefined` with fewer than 2 tokens; `RangeError` on timings that break their contract.
 *
 * Takes time in proportion to the chunks, however long the times: one walk at a deadline that is too short finds the few
 * tokens that can be late at any longer one, and each of those has thresholds of its own (see `MissThresholds`).
 */
export function minTbtDeadline(timings: TokenTimings): DurationNs | undefined {
  return minTbtDeadlineWithin(timings, tokenExtent(timings));
}

/** `minTbtDeadline` of valid timings whose extent is known. */
export function minTbtDeadlineWithin(timings: TokenTimings, extent: TokenExtent): DurationNs | undefined {
  if (extent.outputTokens < 2) return undefined;
  const decode = { timings, extent };
  const deadlineNs =
    deadlineAboveRatio(decode, USUALLY_TOO_SHORT_RATIO) ?? deadlineAboveRatio(decode, TOO_SHORT_RATIO);
  // A deadline as short as that can only pass when it is 1 ns, and there is none shorter.
  return durationNs(deadlineNs ?? 1);
}

/**
 * Every deadline below this share of the mean gap fails. With at most one miss in ten, misses are at most a ninth of the
 * tokens, and the decode's span fits into one deadline for each token and each miss.
 */
const TOO_SHORT_RATIO = 0.9;

/** Most streams fail at this share, and leave fewer late tokens to look at. Another guess costs time and changes no answer. */
const USUALLY_TOO_SHORT_RATIO = 0.95;

interface Decode {
  readonly timings: TokenTimings;
  readonly extent: TokenExtent;
}

/**
 * The smallest passing deadline above a share of the mean gap, or `undefined` when that share itself passes. Tokens in
 * time in this walk are in time at every longer deadline: by induction over the tokens it leaves each as much slack or more.
 */
function deadlineAboveRatio({ timings, extent }: Decode, meanGapRatio: number): number | undefined {
  const { arrivalsNs, tokenCounts } = timings;
  const decodeTokens = extent.outputTokens - 1;
  const spanNs = (arrivalsNs[extent.lastIndex] as number) - (arrivalsNs[extent.firstIndex] as number);
  // A nanosecond less covers the rounding of the product.
  const tbtDeadlineNs = Math.max(1, Math.floor((meanGapRatio * spanNs) / decodeTokens) - 1);
  const { originNs, chunkIndex } = decodeWalk(timings, extent, tbtDeadlineNs);
  const thresholds = new MissThresholds();
  let cost = 0;
  let ordinal = tokenCounts[extent.firstIndex] as number;
  let dueNs = ordinal * tbtDeadlineNs;
  for (let index = chunkIndex; index <= extent.lastIndex; index += 1) {
    const chunkTokens = tokenCounts[index] as number;
    if (chunkTokens === 0) continue;
    const arrivalNs = (arrivalsNs[index] as number) - originNs;
    if (arrivalNs > dueNs) {
      const missedCount = deadlinesPassedCount(arrivalNs - dueNs, tbtDeadlineNs);
      thresholds.add(arrivalNs, ordinal, missedCount);
      cost += costOfLate(missedCount);
      dueNs = arrivalNs;
    }
    dueNs += chunkTokens * tbtDeadlineNs;
    ordinal += chunkTokens;
  }
  return cost > decodeTokens ? thresholds.deadlineAbove(cost - decodeTokens) : undefined;
}
