import type { SlowSpell } from '../slow-spells.js';
import type { NamedCause, Suspicion } from './cause-rule.js';
import { deliveryOf, type DeliveryPattern } from './delivery-pattern.js';

/** Of misses without a stall, so many are looked at. */
const MOST_MISSES_COUNT = 200;
const LEAST_RATIO = 0.5;

interface PatternCause {
  readonly cause: NamedCause;
  readonly pattern: DeliveryPattern;
  readonly evidenceOf: (sizeCount: number) => string;
}

/** The suspicion that chunks which come in a pattern made streams late without a stall; none where most of a spell's misses show another. */
export function slowPattern(
  { stalls }: SlowSpell,
  { cause, pattern, evidenceOf }: PatternCause,
): readonly Suspicion[] {
  const misses = stalls.flatMap((stall) =>
    stall.lateChunkIndices.map((chunkIndex) => ({ ...stall, chunkIndex })),
  );
  const every = Math.max(1, Math.floor(misses.length / MOST_MISSES_COUNT));
  const sampled = misses.filter((_, index) => index % every === 0);
  const found = sampled.map(deliveryOf).filter((each) => each.pattern === pattern);
  const sharedRatio = found.length / Math.max(1, sampled.length);
  if (sharedRatio < LEAST_RATIO) return [];
  const sizeCount = found.map((each) => each.sizeCount).sort((a, b) => a - b)[found.length >> 1] ?? 0;
  return [
    {
      cause,
      sourceId: undefined,
      tier: 'A',
      explainedRatio: 1,
      observations: [{ name: 'late_chunks_in_pattern_ratio', value: sharedRatio, logLikelihoodRatio: 4 }],
      coverageRatio: 1,
      evidence: evidenceOf(sizeCount),
    },
  ];
}
