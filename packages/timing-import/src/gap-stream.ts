import type { TokenTimings } from '@fluidscope/metrics';
import { runNs } from '@fluidscope/units';

/**
 * A stream of one token a chunk that starts at 0, from its gaps: the wait for the first token, then one gap a chunk.
 * `undefined` when the last arrival is past 2^53 ns.
 */
export function gapStream(gapsNs: readonly number[]): TokenTimings | undefined {
  const arrivalsNs = new Float64Array(gapsNs.length);
  let atNs = 0;
  gapsNs.forEach((gapNs, index) => {
    atNs += gapNs;
    arrivalsNs[index] = atNs;
  });
  if (!Number.isSafeInteger(atNs)) return undefined;
  return { startNs: runNs(0), arrivalsNs, tokenCounts: new Uint32Array(gapsNs.length).fill(1) };
}
