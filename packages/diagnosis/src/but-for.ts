import type { Deadlines } from '@fluidscope/metrics';
import { CounterfactualReplay } from './counterfactual.js';
import type { Episode } from './episodes.js';
import { shapleyValues } from './shapley.js';
import type { Claim } from './verdict.js';

/** A cause that took part in so little of the misses would not be missed. */
const LEAST_SHARE_RATIO = 0.05;

/**
 * The claims of an episode with several, by what each took part in: the episode is replayed without each set of them. One that alone makes the misses go, while
 * the others change nothing, gets all; where each of two does, both were necessary and have half; where neither does, each has its part.
 * What the claims have together stays the same.
 */
export function butForClaims(
  claims: readonly Claim[],
  { stalls }: Episode,
  deadlines: Deadlines,
): readonly Claim[] {
  if (claims.length < 2) return claims;
  const sharesRatio = claims.map(({ shareRatio }) => shareRatio);
  const replay = new CounterfactualReplay(
    { missedCount: 0, totalCount: 0 },
    stalls.map((stall) => ({ stall, sharesRatio })),
    deadlines,
  );
  const values = shapleyValues(
    claims.map((_, index) => index),
    (removed) => -replay.without(removed).missedCount,
  );
  const gains = claims.map((_, index) => Math.max(0, values.get(index) ?? 0));
  const gain = gains.reduce((sum, each) => sum + each, 0);
  if (gain === 0) return claims;
  const kept = gains.map((each) => (each >= LEAST_SHARE_RATIO * gain ? each : 0));
  const keptGain = kept.reduce((sum, each) => sum + each, 0);
  const together = sharesRatio.reduce((sum, each) => sum + each, 0);
  return claims
    .map((claim, index) => ({ ...claim, shareRatio: (together * (kept[index] ?? 0)) / keptGain }))
    .filter(({ shareRatio }) => shareRatio > 0)
    .sort((a, b) => b.shareRatio - a.shareRatio);
}
