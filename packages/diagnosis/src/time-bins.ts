import type { TokenStream } from './token-stream.js';

/** A run's time in equal pieces, in which stalls are laid beside what may have caused them. */
export interface TimeBins {
  readonly fromNs: number;
  readonly binNs: number;
  readonly count: number;
}

const LEAST_BIN_NS = 50_000_000;
const MOST_BINS_COUNT = 4_096;

/** From the first send to the last token; of no stream, none. */
export function binsOf(streams: readonly TokenStream[]): TimeBins {
  let [fromNs, toNs] = [Infinity, -Infinity];
  for (const { timings } of streams) {
    fromNs = Math.min(fromNs, timings.startNs);
    toNs = Math.max(toNs, timings.arrivalsNs.at(-1) ?? -Infinity);
  }
  if (!(toNs > fromNs)) return { fromNs: 0, binNs: LEAST_BIN_NS, count: 0 };
  const binNs = Math.max(LEAST_BIN_NS, (toNs - fromNs) / MOST_BINS_COUNT);
  return { fromNs, binNs, count: Math.ceil((toNs - fromNs) / binNs) };
}

export function binAt({ fromNs, binNs, count }: TimeBins, timeNs: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor((timeNs - fromNs) / binNs)));
}
