import type { Deadlines } from '@fluidscope/metrics';
import { CounterfactualReplay } from './counterfactual.js';
import type { Episode } from './episodes.js';

/**
 * Of an episode's misses, the share that would have come all the same had each of its stalls been so much of what it was: whether a part of a delay alone is enough. 1 for a
 * whole one.
 */
export function missedRatioWith(
  remainingRatio: number,
  { stalls, missedCount }: Episode,
  deadlines: Deadlines,
): number {
  if (remainingRatio >= 1) return 1;
  const replay = new CounterfactualReplay(
    { missedCount, totalCount: 0 },
    { stalls: stalls.map((stall) => ({ stall, sharesRatio: [1 - remainingRatio] })) },
    deadlines,
  );
  return Math.min(1, Math.max(0, replay.without(new Set([0])).missedCount / missedCount));
}
