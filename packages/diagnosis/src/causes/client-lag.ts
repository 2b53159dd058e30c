import type { Deadlines } from '@fluidscope/metrics';
import { weightedMean, type Episode } from '../episodes.js';
import type { Stall } from '../stalls.js';
import type { Verdict } from './verdict.js';

/**
 * Mechanism: the load generator's own event loop or CPU was late, so a token was stamped, or a request sent, after its time.
 * Reads: each stamp's error bound, each request's lateness of sending.
 * Ruled out by: bounds and lateness that are small beside the stall.
 * Tell the user: the window says nothing of the server; use more --workers or a machine with more cores.
 */
export function judgeClientLag(episode: Episode, { tbtDeadlineNs }: Deadlines): Verdict | undefined {
  const explainedRatio = weightedMean(episode.stalls, explainedBy) ?? 0;
  const uncertainRatio =
    weightedMean(episode.stalls, (stall) => (clientErrorNs(stall) > tbtDeadlineNs / 4 ? 1 : 0)) ?? 0;
  const explainedPct = Math.round(100 * explainedRatio);
  if (explainedRatio >= LEAST_EXPLAINED_RATIO) {
    const evidence = `the client's own lateness explains ${explainedPct} % of the delay`;
    return { cause: 'client_lag', confidence: CONFIDENCE, tier: 'A', masked: true, evidence };
  }
  if (uncertainRatio < LEAST_UNCERTAIN_RATIO) return undefined;
  const evidence = `the client's own lateness may explain ${explainedPct} % of the delay, and exceeds a quarter of the deadline`;
  return { cause: 'unknown', confidence: undefined, tier: undefined, masked: true, evidence };
}

const CONFIDENCE = 0.97;
const LEAST_EXPLAINED_RATIO = 0.8;
const LEAST_UNCERTAIN_RATIO = 0.5;

function explainedBy(stall: Stall): number {
  return Math.min(1, clientErrorNs(stall) / stall.excessNs);
}

/** What the client may have added: the stamp's bound, and for a first token its late send. No bound counts as 0: it masks nothing. */
function clientErrorNs({ stream, chunkIndex, phase }: Stall): number {
  const boundNs = stream.errorsNs[chunkIndex] ?? NaN;
  const latenessNs = phase === 'first_token' ? stream.sentNs - stream.timings.startNs : 0;
  return Math.max(latenessNs, Number.isNaN(boundNs) ? 0 : boundNs);
}
