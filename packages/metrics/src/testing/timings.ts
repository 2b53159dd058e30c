import { runNs } from '@fluidscope/units';
import type { TokenTimings } from '../token-timings.js';

/** Timings from `[gap, token count]` of each chunk, gaps in nanoseconds, starting at `startNs`. */
export function timingsOf(
  chunks: readonly (readonly [gapNs: number, tokens: number])[],
  startNs = 0,
): TokenTimings {
  let atNs = startNs;
  const arrivalsNs = chunks.map(([gapNs]) => (atNs += gapNs));
  return {
    startNs: runNs(startNs),
    arrivalsNs: Float64Array.from(arrivalsNs),
    tokenCounts: Uint32Array.from(chunks, ([, tokens]) => tokens),
  };
}

/** One token a chunk. */
export function streamOf(gapsNs: readonly number[], startNs = 0): TokenTimings {
  return timingsOf(
    gapsNs.map((gapNs) => [gapNs, 1]),
    startNs,
  );
}
