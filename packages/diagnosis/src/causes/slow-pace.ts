import { weightedMean, type Episode } from '../episodes.js';
import type { Stall } from '../stalls.js';
import type { DiagnosisContext, Suspicion } from './cause-rule.js';

/** Where a pace that holds no deadline makes up more of an episode, a stall on top is not to blame. */
export const MOST_SLOW_PACE_RATIO = 0.5;

const REACH_CHUNKS = 8;
/** A stream that keeps ahead of its deadlines carries a stall of so many. */
const CARRIED_DEADLINES_COUNT = 5;

/**
 * What of a stall between tokens is due to a pace that holds no deadline even between stalls, 0 to 1: all of a stall which a stream that keeps
 * ahead would have carried, and of a longer one the part that the expected gap makes up. 0 where the pace is fast enough.
 */
export function slowPaceShare(episode: Episode, { deadlines }: DiagnosisContext): number {
  if (episode.phase !== 'decode') return 0;
  const { tbtDeadlineNs } = deadlines;
  return (
    weightedMean(episode.stalls, (stall) => {
      const { excessNs, expected } = stall;
      if (expected.medianNs / tokensPerChunk(stall) <= tbtDeadlineNs) return 0;
      return excessNs <= CARRIED_DEADLINES_COUNT * tbtDeadlineNs
        ? 1
        : expected.medianNs / (expected.medianNs + excessNs);
    }) ?? 0
  );
}

/** Suspicions of a slow pace as they bear on one episode. */
export function withShare(shareRatio: number, suspicions: () => readonly Suspicion[]): readonly Suspicion[] {
  if (shareRatio === 0) return [];
  return suspicions().map((suspicion) => ({ ...suspicion, explainedRatio: shareRatio }));
}

function tokensPerChunk({ stream: { timings }, chunkIndex }: Stall): number {
  const counts = timings.tokenCounts.subarray(
    Math.max(0, chunkIndex - REACH_CHUNKS),
    chunkIndex + REACH_CHUNKS,
  );
  return counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length);
}
