import type { GapModel } from './gap-model.js';
import type { TokenStream } from './token-stream.js';

/** What a gap between two chunks is expected to be, ns. */
export interface ExpectedGap {
  readonly medianNs: number;
  /** A longer gap is a stall: median + 3 MAD. */
  readonly limitNs: number;
}

/** Gaps that are judged by one median: long enough to outvote a stall, short enough to follow a batch that grows. */
const BLOCK_GAPS_COUNT = 64;
/** With fewer gaps of its own, a stream is judged by those of all. */
const FEWEST_GAPS_COUNT = 16;
const MADS_COUNT = 3;
/** A clockwork engine has a MAD of nothing; what a scheduler or a clock adds is no stall. */
const SMALLEST_TOLERANCE_NS = 1_000_000;

/** Of one stream, by chunk: columns, for a run has as many gaps as tokens. */
export interface ExpectedGaps {
  readonly mediansNs: Float64Array;
  readonly limitsNs: Float64Array;
}

/**
 * What each gap of a stream is expected to be: by the engine's batch where that could be fitted, else from its own neighbours. `[i]` is for the gap before
 * chunk i; that of the first chunk says nothing of a first token.
 */
export function expectedGaps(
  stream: TokenStream,
  overall: ExpectedGap,
  model: GapModel | undefined,
): ExpectedGaps {
  const { arrivalsNs } = stream.timings;
  const expected = {
    mediansNs: new Float64Array(arrivalsNs.length),
    limitsNs: new Float64Array(arrivalsNs.length),
  };
  if (model === undefined) fillFromNeighbours(stream, overall, expected);
  else
    arrivalsNs.forEach((arrivalNs, index) => {
      const medianNs = model.medianNsAt(arrivalNs);
      expected.mediansNs[index] = medianNs;
      expected.limitsNs[index] = medianNs + model.toleranceNs;
    });
  return expected;
}

function fillFromNeighbours(
  stream: TokenStream,
  overall: ExpectedGap,
  { mediansNs, limitsNs }: ExpectedGaps,
): void {
  const gapsNs = gapsOf(stream);
  for (let from = 0; from <= gapsNs.length; from += BLOCK_GAPS_COUNT) {
    const block = gapsNs.subarray(from, from + BLOCK_GAPS_COUNT);
    const judged = block.length < FEWEST_GAPS_COUNT ? gapsNs.subarray(-BLOCK_GAPS_COUNT) : block;
    const gap = judged.length < FEWEST_GAPS_COUNT ? overall : (expectedGapOf(judged) ?? overall);
    const fromChunk = from === 0 ? 0 : from + 1;
    mediansNs.fill(gap.medianNs, fromChunk, from + block.length + 1);
    limitsNs.fill(gap.limitNs, fromChunk, from + block.length + 1);
  }
}

/** More gaps than this tell the median no better. */
const MOST_GAPS_COUNT = 200_000;

/** Over all gaps of all streams, evenly thinned where they are many; `undefined` when there is none. */
export function overallGap(streams: readonly TokenStream[]): ExpectedGap | undefined {
  const total = streams.reduce((sum, { timings }) => sum + Math.max(0, timings.arrivalsNs.length - 1), 0);
  const every = Math.ceil(total / MOST_GAPS_COUNT);
  const taken = new Float64Array(every === 0 ? 0 : Math.ceil(total / every));
  let seen = 0;
  for (const { timings } of streams) {
    const { arrivalsNs } = timings;
    for (let index = 1; index < arrivalsNs.length; index += 1, seen += 1)
      if (seen % every === 0)
        taken[seen / every] = (arrivalsNs[index] ?? NaN) - (arrivalsNs[index - 1] ?? NaN);
  }
  return expectedGapOf(taken);
}

function gapsOf({ timings: { arrivalsNs } }: TokenStream): Float64Array {
  const gapsNs = new Float64Array(Math.max(0, arrivalsNs.length - 1));
  for (let index = 0; index < gapsNs.length; index += 1) {
    gapsNs[index] = (arrivalsNs[index + 1] ?? NaN) - (arrivalsNs[index] ?? NaN);
  }
  return gapsNs;
}

function expectedGapOf(gapsNs: Float64Array): ExpectedGap | undefined {
  const medianNs = medianOf(gapsNs);
  if (medianNs === undefined) return undefined;
  const madNs = medianOf(gapsNs.map((gapNs) => Math.abs(gapNs - medianNs))) ?? 0;
  return { medianNs, limitNs: medianNs + Math.max(MADS_COUNT * madNs, SMALLEST_TOLERANCE_NS) };
}

/** The lower of the two middle values, so that it is one that occurred. */
function medianOf(values: Float64Array): number | undefined {
  return values.toSorted()[Math.floor((values.length - 1) / 2)];
}
