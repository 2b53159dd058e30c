import type { DiagnosisContext, NamedCause, Suspicion } from './cause-rule.js';
import { deliveryOf, type DeliveryPattern } from './delivery-pattern.js';

/** Of misses without a stall, so many are looked at. */
const MOST_MISSES_COUNT = 200;
const LEAST_RATIO = 0.5;

interface PatternCause {
  readonly cause: NamedCause;
  readonly pattern: DeliveryPattern;
  readonly evidenceOf: (sizeCount: number) => string;
}

/** The suspicion that chunks which come in a pattern made streams late without a stall; none where most of these misses show another. */
export function throughoutPattern(
  { slowMisses, usualGap }: DiagnosisContext,
  { cause, pattern, evidenceOf }: PatternCause,
): readonly Suspicion[] {
  const every = Math.max(1, Math.floor(slowMisses.length / MOST_MISSES_COUNT));
  const sampled = slowMisses.filter((_, index) => index % every === 0);
  const found = sampled
    .map(({ stream, chunkIndex, atNs, missedCount }) =>
      deliveryOf({
        stream,
        chunkIndex,
        phase: chunkIndex === 0 ? 'first_token' : 'decode',
        startNs: atNs,
        endNs: atNs,
        excessNs: 0,
        expected: usualGap,
        missedCount,
        lateChunkIndices: [],
      }),
    )
    .filter((each) => each.pattern === pattern);
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
