import type { Episode } from '../episodes.js';
import type { Interval } from '../intervals.js';

/** From the earliest send to the last late first token. */
export function waitOf({ stalls, endNs }: Episode): Interval {
  const startNs = stalls.reduce((first, { stream }) => Math.min(first, stream.sentNs), Infinity);
  return { startNs, endNs };
}
