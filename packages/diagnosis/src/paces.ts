import type { BatchTimeline } from './batch-timeline.js';
import type { TokenStream } from './token-stream.js';

/** How fast one stream was over some chunks in a row. */
export interface Pace {
  readonly stream: TokenStream;
  readonly startNs: number;
  readonly endNs: number;
  readonly nsPerToken: number;
  readonly nsPerChunk: number;
  /** Streams that decoded when it began. */
  readonly decodingCount: number;
}

const CHUNKS_COUNT = 16;
const MOST_PACES_COUNT = 4_000;

const PACES = new WeakMap<readonly TokenStream[], readonly Pace[]>();

/** Paces over all streams and times, at most some thousands; in no order. */
export function pacesOf(streams: readonly TokenStream[], batch: BatchTimeline): readonly Pace[] {
  const known = PACES.get(streams) ?? findPaces(streams, batch);
  PACES.set(streams, known);
  return known;
}

function findPaces(streams: readonly TokenStream[], batch: BatchTimeline): readonly Pace[] {
  const chunksCount = streams.reduce((sum, { timings }) => sum + timings.arrivalsNs.length, 0);
  const stepCount = Math.max(CHUNKS_COUNT, Math.ceil(chunksCount / MOST_PACES_COUNT));
  return streams.flatMap((stream) => {
    const { arrivalsNs, tokenCounts } = stream.timings;
    const paces: Pace[] = [];
    // A short stream counts as a whole.
    const count = Math.min(CHUNKS_COUNT, arrivalsNs.length - 1);
    for (let from = 0; count > 0 && from + count < arrivalsNs.length; from += stepCount) {
      const [startNs, endNs] = [arrivalsNs[from] ?? NaN, arrivalsNs[from + count] ?? NaN];
      let tokens = 0;
      for (let index = from + 1; index <= from + count; index += 1) tokens += tokenCounts[index] ?? 0;
      paces.push({
        stream,
        startNs,
        endNs,
        nsPerToken: (endNs - startNs) / Math.max(1, tokens),
        nsPerChunk: (endNs - startNs) / count,
        decodingCount: batch.decodingCountAt(startNs),
      });
    }
    return paces;
  });
}

/** Of what `of` tells of each; `undefined` for none. */
export function paceQuantile(
  paces: readonly Pace[],
  ratio: number,
  of: (pace: Pace) => number,
): number | undefined {
  const values = paces.map(of).sort((a, b) => a - b);
  return values[Math.floor(ratio * (values.length - 1))];
}
