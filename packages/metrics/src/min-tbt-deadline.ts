import { durationNs, type DurationNs } from '@fluidscope/units';
import { decodeWalk } from './deadline-walk.js';
import { countTokens, lastTokenChunkIndex, requireValidTimings, type TokenTimings } from './token-timings.js';

/**
 * The smallest whole-nanosecond `D_d`, 1 or more, at which a request's decode (first gap skipped, slack 0) misses
 * at most one deadline in ten. `undefined` with fewer than 2 tokens.
 */
export function minTbtDeadline(timings: TokenTimings): DurationNs | undefined {
  requireValidTimings(timings);
  const decodeTokensCount = countTokens(timings) - 1;
  const start = decodeWalk(timings, 1);
  if (start === undefined || decodeTokensCount < 1) return undefined;
  let failingNs = 0;
  let passingNs = Math.max(1, (timings.arrivalsNs[lastTokenChunkIndex(timings)] as number) - start.originNs);
  while (passingNs - failingNs > 1) {
    const middleNs = failingNs + Math.floor((passingNs - failingNs) / 2);
    const walkStart = decodeWalk(timings, middleNs);
    if (walkStart === undefined) return undefined;
    if (missesTooMany(timings, middleNs, decodeTokensCount)) failingNs = middleNs;
    else passingNs = middleNs;
  }
  return durationNs(passingNs);
}

function missesTooMany(timings: TokenTimings, tbtDeadlineNs: number, decodeTokensCount: number): boolean {
  const { arrivalsNs, tokenCounts } = timings;
  const start = decodeWalk(timings, tbtDeadlineNs);
  if (start === undefined) return false;
  let { dueNs } = start;
  let missedCount = 0;
  let lateCount = 0;
  for (let index = start.chunkIndex; index < arrivalsNs.length; index += 1) {
    const tokensCount = tokenCounts[index] as number;
    if (tokensCount === 0) continue;
    const arrivalNs = (arrivalsNs[index] as number) - start.originNs;
    if (arrivalNs > dueNs) {
      missedCount += Math.floor((arrivalNs - dueNs) / tbtDeadlineNs) + 1;
      lateCount += 1;
      dueNs = arrivalNs;
    }
    dueNs += tokensCount * tbtDeadlineNs;
  }
  return 9 * missedCount > decodeTokensCount - lateCount;
}
