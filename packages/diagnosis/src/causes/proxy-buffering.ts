import type { CauseRule } from './cause-rule.js';
import { patternShare } from './delivery-pattern.js';
import { slowPattern } from './slow-pattern.js';

/**
 * Mechanism: a proxy between server and client hands on so many bytes at a time, so that the first of them wait for the last.
 * Reads: chunks that come at once: the same number each time, whatever time that takes; and what so many take at the stream's pace.
 * Ruled out by: chunks that come one by one; bursts of differing sizesCount.
 */
export const PROXY_BUFFERING: CauseRule = {
  cause: 'proxy_buffering',
  order: 'proxy',
  highestConfidence: 0.9,
  reads: {},
  advice: 'Let the proxy pass chunks on as they come: nginx proxy_buffering off (or X-Accel-Buffering: no).',
  judge(episode) {
    const { explainedRatio, sizeCount } = patternShare(episode, 'buffered');
    if (explainedRatio === 0) return [];
    return [
      {
        cause: 'proxy_buffering',
        sourceId: undefined,
        tier: 'A',
        explainedRatio,
        observations: [{ name: 'chunks_at_once', value: sizeCount, logLikelihoodRatio: 4 }],
        coverageRatio: 1,
        evidence: `${sizeCount} chunks at once each time: the first of them waits until the buffer is full`,
      },
    ];
  },
  judgeSlow(spell) {
    return slowPattern(spell, {
      cause: 'proxy_buffering',
      pattern: 'buffered',
      evidenceOf: (sizeCount) =>
        `${sizeCount} chunks at once each time: the first of them waits until the buffer is full`,
    });
  },
};
