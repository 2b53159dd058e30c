import { LEAST_DELAYS_COUNT, type ClockSegment } from './clock-segment.js';
import { offsetRange } from './line-polygon.js';

const NS_PER_S = 1_000_000_000;
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
/** Halvings of a segment by the golden ratio: two minutes come down to a tenth of a second. */
const SEARCH_STEPS = 16;
/** A gap is suspicious from so many times what chance leaves on. */
const SUSPICION = 3;
/** A step shows in the narrowest place as less than it is: the probes nearest to it are seldom the fastest. */
const SHOWN_IN_PART = 2;

/**
 * How far beyond its lines the truth may lie, for a step that hides in the network's slack: 0 where nothing speaks for one.
 *
 * While the clocks run steadily, all lines parallel to the true one within the smallest delays each way fit, so that the lines span at every
 * time at least the sum of those delays; and the least round trip is that sum and a little, `J sqrt(2 / n)` for exponential delays of mean
 * `J`. A step that hides pulls the lines together by its own size and leaves the round trips as they are. So the gap between the two is
 * the step, or chance; what chance makes of it shows in how far apart the least round trips are (the fourth is as far from the first
 * as the first is from the sum).
 */
export function hiddenStepNs(segment: ClockSegment): number {
  const [least] = segment.leastDelaysNs;
  const fourth = segment.leastDelaysNs[LEAST_DELAYS_COUNT - 1];
  if (least === undefined || fourth === undefined) return 0;
  const gapNs = least - narrowestNs(segment);
  return gapNs > SUSPICION * (fourth - least) ? SHOWN_IN_PART * gapNs : 0;
}

/** The width of what the lines span is a convex function of time. */
function narrowestNs({ fromNs, toNs, referenceNs, lines }: ClockSegment): number {
  const widthNs = (atNs: number): number => {
    const { lowNs, highNs } = offsetRange(lines, (atNs - referenceNs) / NS_PER_S);
    return highNs - lowNs;
  };
  let [low, high] = [fromNs, toNs];
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const left = high - GOLDEN_RATIO * (high - low);
    const right = low + GOLDEN_RATIO * (high - low);
    if (widthNs(left) <= widthNs(right)) high = right;
    else low = left;
  }
  return widthNs((low + high) / 2);
}
