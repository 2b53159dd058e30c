import { weightedMean } from '../episodes.js';
import type { Stall } from '../stalls.js';
import type { CauseRule } from './cause-rule.js';

/**
 * Mechanism: the load generator's own event loop or CPU was late, so a token was stamped, or a request sent, after its time.
 * Reads: each stamp's error bound, each request's lateness of sending.
 * Ruled out by: bounds and lateness that are small beside the stall.
 */
export const CLIENT_LAG: CauseRule = {
  cause: 'client_lag',
  order: 'client',
  highestConfidence: 0.97,
  reads: {},
  advice: 'These windows say nothing of the server: use more --workers, or a machine with more cores.',
  judge(episode) {
    const explainedRatio = weightedMean(episode.stalls, explainedBy) ?? 0;
    if (explainedRatio < LEAST_EXPLAINED_RATIO) return [];
    return [
      {
        cause: 'client_lag',
        sourceId: 'client',
        tier: 'A',
        explainedRatio,
        observations: [{ name: 'client_error_share', value: explainedRatio, logLikelihoodRatio: 4 }],
        coverageRatio: 1,
        evidence: `the client's own lateness explains ${Math.round(100 * explainedRatio)} % of the delay`,
      },
    ];
  },
};

const LEAST_EXPLAINED_RATIO = 0.8;

function explainedBy(stall: Stall): number {
  return Math.min(1, clientErrorNs(stall) / stall.excessNs);
}

/** What the client may have added: the stamp's bound, and for a first token its late send. No bound counts as 0: it masks nothing. */
export function clientErrorNs({ stream, chunkIndex, phase }: Stall): number {
  const boundNs = stream.errorsNs[chunkIndex] ?? NaN;
  const latenessNs = phase === 'first_token' ? stream.sentNs - stream.timings.startNs : 0;
  return Math.max(latenessNs, Number.isNaN(boundNs) ? 0 : boundNs);
}
