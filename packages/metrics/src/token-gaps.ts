import { tokenExtent, type TokenTimings } from './token-timings.js';

/**
 * One gap a token, whole nanoseconds: a chunk's first token carries the wait since the previous chunk that
 * had tokens (since the start, for the first), its other tokens have gap 0. Empty without tokens.
 *
 * Throws `RangeError` on timings that break their contract.
 */
export function tokenGaps(timings: TokenTimings): Float64Array {
  const gapsNs = new Float64Array(tokenExtent(timings).outputTokens);
  writeTokenGaps(timings, gapsNs);
  return gapsNs;
}

/** TBT: the gaps after the first, one a token. Empty with fewer than 2 tokens. A view, not a copy. */
export function tbtGaps(timings: TokenTimings): Float64Array {
  return tokenGaps(timings).subarray(1);
}

/** ICT: the waits between chunks that carry tokens. Empty with fewer than 2 of those. */
export function interChunkTimes(timings: TokenTimings): Float64Array {
  tokenExtent(timings);
  const { arrivalsNs, tokenCounts } = timings;
  const waitsNs = new Float64Array(arrivalsNs.length);
  let waitsCount = 0;
  let previousNs: number | undefined;
  for (let index = 0; index < arrivalsNs.length; index += 1) {
    if (tokenCounts[index] === 0) continue;
    const arrivalNs = arrivalsNs[index] as number;
    if (previousNs !== undefined) waitsNs[waitsCount++] = arrivalNs - previousNs;
    previousNs = arrivalNs;
  }
  return waitsNs.subarray(0, waitsCount);
}

function writeTokenGaps({ startNs, arrivalsNs, tokenCounts }: TokenTimings, gapsNs: Float64Array): void {
  let previousNs: number = startNs;
  let tokenIndex = 0;
  for (let index = 0; index < arrivalsNs.length; index += 1) {
    const tokensCount = tokenCounts[index] as number;
    if (tokensCount === 0) continue;
    const arrivalNs = arrivalsNs[index] as number;
    gapsNs[tokenIndex] = arrivalNs - previousNs;
    tokenIndex += tokensCount;
    previousNs = arrivalNs;
  }
}
