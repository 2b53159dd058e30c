import { deadlineMisses, type Deadlines, type TokenTimings } from '@fluidscope/metrics';
import type { ExpectedGap } from './expected-gaps.js';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/** Deadlines pooled over streams. */
export interface DeadlineSum {
  readonly missedCount: number;
  readonly totalCount: number;
}

/** A gap so much shorter than usual is a token that was owed, not the engine's own spread. */
const BURST_GAP_RATIO = 0.5;

/**
 * The deadlines as they would have fallen had these stalls taken what was expected: what follows a stall moves forward by its excess, and a
 * burst after it (tokens that were generated in time and delivered late) gives that back, for those tokens were never behind.
 *
 * Holds fixed: arrivals of requests, batching, queueing. Each stall brings the expectation that it was judged by.
 */
export function withoutStalls(
  streams: readonly TokenStream[],
  stalls: readonly Stall[],
  deadlines: Deadlines,
): DeadlineSum {
  const byStream = new Map<TokenStream, Stall[]>();
  for (const stall of stalls) {
    const ofStream = byStream.get(stall.stream);
    if (ofStream === undefined) byStream.set(stall.stream, [stall]);
    else ofStream.push(stall);
  }
  const timings = streams.map((stream) => replayed(stream, byStream.get(stream) ?? []));
  return sumDeadlines(timings, deadlines);
}

export function sumDeadlines(timings: readonly TokenTimings[], deadlines: Deadlines): DeadlineSum {
  let missedCount = 0;
  let totalCount = 0;
  for (const one of timings) {
    const misses = deadlineMisses(one, deadlines);
    const missed = misses.reduce((sum, miss) => sum + miss.missedCount, 0);
    missedCount += missed;
    totalCount += missed + one.tokenCounts.reduce((sum, count) => sum + count, 0) - misses.length;
  }
  return { missedCount, totalCount };
}

function replayed({ timings }: TokenStream, stalls: readonly Stall[]): TokenTimings {
  if (stalls.length === 0) return timings;
  const byChunk = new Map(stalls.map((stall) => [stall.chunkIndex, stall]));
  let savedNs = 0;
  let expected: ExpectedGap | undefined;
  const arrivalsNs = Float64Array.from(timings.arrivalsNs, (arrivalNs, index) => {
    const gapNs = arrivalNs - (timings.arrivalsNs[index - 1] ?? arrivalNs);
    const stall = byChunk.get(index);
    if (stall !== undefined) {
      savedNs += Math.round(stall.excessNs);
      expected = stall.expected;
    } else if (expected !== undefined && gapNs < BURST_GAP_RATIO * expected.medianNs) {
      savedNs = Math.max(0, savedNs - Math.round(expected.medianNs - gapNs));
    }
    return arrivalNs - savedNs;
  });
  return { ...timings, arrivalsNs };
}
