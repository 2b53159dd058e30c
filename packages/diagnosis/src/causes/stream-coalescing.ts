import type { CauseRule } from './cause-rule.js';
import { patternShare } from './delivery-pattern.js';
import { slowPattern } from './slow-pattern.js';

/**
 * Mechanism: the server writes so many tokens at a time, so that the first of each chunk waits for the last.
 * Reads: tokens in each chunk about the stall: the same number in all; and what so many take at the stream's pace.
 * Ruled out by: chunks of one token; chunks that differ (drafts that were accepted, bytes that a proxy held).
 */
export const STREAM_COALESCING: CauseRule = {
  cause: 'stream_coalescing',
  order: 'arithmetic',
  highestConfidence: 0.95,
  reads: {},
  advice: 'Write each token by itself: vLLM --stream-interval 1, SGLang --stream-interval 1.',
  judge(episode) {
    const { explainedRatio, sizeCount } = patternShare(episode, 'coalesced');
    if (explainedRatio === 0) return [];
    return [
      {
        cause: 'stream_coalescing',
        sourceId: undefined,
        tier: 'A',
        explainedRatio,
        observations: [{ name: 'tokens_per_chunk', value: sizeCount, logLikelihoodRatio: 4 }],
        coverageRatio: 1,
        evidence: `${sizeCount} tokens in each chunk: the first of them waits for the others`,
      },
    ];
  },
  judgeSlow(spell) {
    return slowPattern(spell, {
      cause: 'stream_coalescing',
      pattern: 'coalesced',
      evidenceOf: (sizeCount) => `${sizeCount} tokens in each chunk: the first of them waits for the others`,
    });
  },
};
