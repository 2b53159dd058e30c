import type { Episode } from '../episodes.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, Suspicion } from './cause-rule.js';

/**
 * Mechanism: more requests than the engine may run at once, so that a request waits before its prompt is worked on.
 * Reads: requests waiting, as the server says.
 * Ruled out by: a scrape within the wait that shows none waiting; a stall of decoding streams.
 */
export const QUEUEING: CauseRule = {
  cause: 'queueing',
  order: 'engine_record',
  highestConfidence: 0.95,
  reads: { server: ['requests_waiting_count'] },
  advice: 'Add replicas, admit fewer requests at once, or let more run: --max-num-seqs, if KV memory allows.',
  judge(episode, { telemetry }) {
    if (episode.phase !== 'first_token') return [];
    return telemetry.servers.flatMap((server) => suspect(episode, server));
  },
};

function suspect(episode: Episode, server: MetricSource): Suspicion[] {
  const { startNs, endNs } = waitOf(episode);
  const waiting = server.line('requests_waiting_count');
  const most = waiting?.maxOver(startNs, endNs);
  if (waiting === undefined || most === undefined || most === 0) return [];
  return [
    {
      cause: 'queueing',
      sourceId: server.sourceId,
      tier: 'A',
      explainedRatio: 1,
      observations: [{ name: 'requests_waiting_count_max', value: most, logLikelihoodRatio: 3 }],
      coverageRatio: waiting.coverageRatio(startNs, endNs),
      evidence: `up to ${most} requests waited at the server before its first token`,
    },
  ];
}

/** From the earliest send to the last late first token. */
function waitOf({ stalls, endNs }: Episode): { readonly startNs: number; readonly endNs: number } {
  const startNs = stalls.reduce((first, { stream }) => Math.min(first, stream.sentNs), Infinity);
  return { startNs, endNs };
}
