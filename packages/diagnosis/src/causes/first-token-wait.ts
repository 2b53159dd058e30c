import type { Episode } from '../episodes.js';

/** From the earliest send to the last late first token. */
export function waitOf({ stalls, endNs }: Episode): Pick<Episode, 'startNs' | 'endNs'> {
  const startNs = stalls.reduce((first, { stream }) => Math.min(first, stream.sentNs), Infinity);
  return { startNs, endNs };
}
