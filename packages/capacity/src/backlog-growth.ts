import type { PointRequest } from './point-outcome.js';

/**
 * Whether requests came faster than they left, beyond what chance and a settled queue explain. In a settled run what is in flight at two instants
 * differs by a fluctuation about the square root of what came between them; where the engine is overloaded it differs by a share of it.
 */
export function growsWithoutBound(
  requests: readonly PointRequest[],
  window: { readonly fromNs: number; readonly toNs: number },
): boolean {
  let arrivedCount = 0;
  let endedCount = 0;
  for (const { intendedNs, endedNs = Infinity } of requests) {
    if (isWithin(intendedNs, window)) arrivedCount += 1;
    if (isWithin(endedNs, window)) endedCount += 1;
  }
  return isGrowth(arrivedCount, endedCount);
}

const SMALLEST_SHARE_RATIO = 0.1;
const DEVIATIONS = 4;

export function isGrowth(arrivedCount: number, endedCount: number): boolean {
  const leftCount = arrivedCount - endedCount;
  return leftCount > SMALLEST_SHARE_RATIO * arrivedCount && leftCount > DEVIATIONS * Math.sqrt(arrivedCount);
}

function isWithin(
  atNs: number,
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
): boolean {
  return atNs >= fromNs && atNs < toNs;
}
