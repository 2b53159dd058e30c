import type { CauseRule } from './cause-rule.js';
import { patternShare } from './delivery-pattern.js';
import { slowPattern } from './slow-pattern.js';

/**
 * Mechanism: without TCP_NODELAY a small segment is not sent before the last one was acknowledged, and the other end delays its acknowledgement by 40 ms.
 * Reads: bursts of whatever came meanwhile, 40 ms apart.
 * Ruled out by: other intervals; chunks that come one by one.
 */
export const NAGLE_DELAY: CauseRule = {
  cause: 'nagle_delay',
  order: 'transport',
  highestConfidence: 0.85,
  reads: {},
  advice: 'Set TCP_NODELAY on the server’s sockets, and on those of every proxy between.',
  judge(episode) {
    const { explainedRatio } = patternShare(episode, 'timed');
    if (explainedRatio === 0) return [];
    return [
      {
        cause: 'nagle_delay',
        sourceId: undefined,
        tier: 'B',
        explainedRatio,
        observations: [{ name: 'burst_interval_ms', value: 40, logLikelihoodRatio: 4 }],
        coverageRatio: 1,
        evidence: EVIDENCE,
      },
    ];
  },
  judgeSlow(spell) {
    return slowPattern(spell, { cause: 'nagle_delay', pattern: 'timed', evidenceOf: () => EVIDENCE });
  },
};

const EVIDENCE = 'chunks come at once every 40 ms, as delayed acknowledgements let them go';
