import { countUpTo } from './sorted-search.js';
import type { TokenStream } from './token-stream.js';

/** Tokens of one step leave together; what comes later than this share of the usual gap is of the next. */
const APART_RATIO = 0.4;

/** When an engine finished its steps, as far as tokens of its streams tell: steps that gave the client none are not seen. */
export class EngineSteps {
  private readonly timesNs: Float64Array;

  constructor(streams: readonly TokenStream[], usualGapNs: number) {
    const arrivalsNs = allArrivals(streams);
    let count = 0;
    let lastNs = -Infinity;
    for (const arrivalNs of arrivalsNs) {
      if (arrivalNs - lastNs <= APART_RATIO * usualGapNs) continue;
      lastNs = arrivalNs;
      arrivalsNs[count] = arrivalNs;
      count += 1;
    }
    this.timesNs = arrivalsNs.slice(0, count);
  }

  /** Steps that were finished by a time. */
  countAt(timeNs: number): number {
    return countUpTo(this.timesNs, timeNs);
  }
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
