import type { PlannedPoint, PointOutcome } from '../point-outcome.js';

/** A run whose requests come evenly, live for a tenth of a second and fail independently. */
export function drawnOutcome(
  { load, seedIndex, requestCount }: PlannedPoint,
  { failRatio, seed }: { readonly failRatio: number; readonly seed: number },
): PointOutcome {
  const gapNs = Math.round(1e9 / load);
  const draw = draws(seed * 7_919 + seedIndex * 104_729 + Math.round(load * 1e4));
  const requests = Array.from({ length: requestCount }, (_, index) => ({
    intendedNs: index * gapNs,
    endedNs: index * gapNs + 1e8,
    counts: [{ goodCount: draw() < failRatio ? 0 : 1, totalCount: 1 }],
  }));
  return { requests, sendingEndedNs: requestCount * gapNs, stoppedBy: undefined };
}

/** Mulberry32. */
function draws(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
