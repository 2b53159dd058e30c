import type { BatchTimeline } from './batch-timeline.js';
import type { ExpectedGap } from './expected-gaps.js';
import type { TokenStream } from './token-stream.js';

/** A time in which streams were decoding and no token of any came, whether or not a deadline was missed. */
export interface Silence {
  /** The last token before, and the first after. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Streams of the step that ended it, those that had their first token by it included. */
  readonly streamsCount: number;
  /** Steps of the engine since the run's first token: instants at which tokens came. */
  readonly stepIndex: number;
}

const LEAST_GAPS_COUNT = 4;
const LEAST_SILENCE_NS = 40_000_000;
/** Tokens closer together were written by one step. */
const SAME_STEP_RATIO = 0.2;

/**
 * All silences of a run, in order of time: the stalls that reach every stream at once. Where several engines serve, one goes on while another
 * stands, and there are none.
 */
export function findSilences(
  streams: readonly TokenStream[],
  usualGap: ExpectedGap,
  batch: BatchTimeline,
): readonly Silence[] {
  const arrivalsNs = allArrivals(streams);
  const leastNs = Math.max(LEAST_SILENCE_NS, LEAST_GAPS_COUNT * usualGap.medianNs);
  const silences: Silence[] = [];
  let stepIndex = 0;
  for (let index = 1; index < arrivalsNs.length; index += 1) {
    const [fromNs, toNs] = [arrivalsNs[index - 1] ?? NaN, arrivalsNs[index] ?? NaN];
    if (toNs - fromNs > SAME_STEP_RATIO * usualGap.medianNs) stepIndex += 1;
    if (toNs - fromNs < leastNs || batch.decodingCountAt(fromNs) === 0) continue;
    const streamsCount =
      batch.decodingCountAt(toNs - 1) + batch.joinedWithin(toNs - 1, toNs + 0.5 * usualGap.medianNs).length;
    silences.push({ fromNs, toNs, streamsCount, stepIndex });
  }
  return silences;
}

function allArrivals(streams: readonly TokenStream[]): Float64Array {
  const all = new Float64Array(streams.reduce((sum, { timings }) => sum + timings.arrivalsNs.length, 0));
  let at = 0;
  for (const { timings } of streams) {
    all.set(timings.arrivalsNs, at);
    at += timings.arrivalsNs.length;
  }
  return all.sort();
}
