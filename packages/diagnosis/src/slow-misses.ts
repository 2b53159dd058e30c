import { deadlineMisses, type Deadlines } from '@fluidscope/metrics';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/** Missed deadlines that no stall is to blame for: the stream was slow for a while, each gap as long as expected. */
export interface SlowMiss {
  readonly stream: TokenStream;
  /** The late chunk, by position among the stream's chunks. */
  readonly chunkIndex: number;
  readonly atNs: number;
  readonly missedCount: number;
}

/** In order of time; `stalls` are those of all streams. */
export function slowMissesOf(
  streams: readonly TokenStream[],
  stalls: readonly Stall[],
  deadlines: Deadlines,
): readonly SlowMiss[] {
  const blamed = new Map<TokenStream, Set<number>>();
  for (const { stream, lateChunkIndices } of stalls) {
    const late = blamed.get(stream) ?? new Set<number>();
    lateChunkIndices.forEach((index) => late.add(index));
    blamed.set(stream, late);
  }
  return streams
    .flatMap((stream) =>
      deadlineMisses(stream.timings, deadlines)
        .filter(({ chunkIndex }) => blamed.get(stream)?.has(chunkIndex) !== true)
        .map(({ chunkIndex, missedCount }) => ({
          stream,
          chunkIndex,
          atNs: stream.timings.arrivalsNs[chunkIndex] ?? NaN,
          missedCount,
        })),
    )
    .sort((a, b) => a.atNs - b.atNs);
}
