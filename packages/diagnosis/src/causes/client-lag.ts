import { weightedMean, type Episode } from '../episodes.js';
import type { Stall } from '../stalls.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';

/**
 * Mechanism: the load generator's own event loop or CPU was late, so a token was stamped, or a request sent, after its time.
 * Reads: each stamp's error bound, or the event loop's delay where a stamp has none; each request's lateness of sending, also of those that then joined all
 * at once; the client's own receive windows.
 * Ruled out by: bounds and lateness that are small beside the stall.
 */
export const CLIENT_LAG: CauseRule = {
  cause: 'client_lag',
  order: 'client',
  highestConfidence: 0.97,
  reads: {},
  advice: 'These windows say nothing of the server: use more --workers, or a machine with more cores.',
  judge(episode, context) {
    const own = weightedMean(episode.stalls, (stall) => explainedBy(stall, context)) ?? 0;
    if (own >= LEAST_EXPLAINED_RATIO)
      return [
        suspicionOf(
          own,
          'client_error_share',
          `the client's own lateness explains ${pct(own)} % of the delay`,
        ),
      ];
    const closed = closedWindows(episode, context);
    if (closed > 0)
      return [
        suspicionOf(
          1,
          'receive_zero_window_count',
          'the client did not read: its own receive window was closed',
        ),
      ];
    const late = lateJoinersRatio(episode, context);
    if (late < LEAST_LATE_JOINERS_RATIO) return [];
    return [
      {
        ...suspicionOf(1, 'late_joiners_ratio', 'the client was late and sent several requests at once'),
        tier: 'B',
      },
    ];
  },
};

const LEAST_EXPLAINED_RATIO = 0.8;
const LEAST_LATE_JOINERS_RATIO = 0.5;
const LEAST_CATCH_UP_RATIO = 0.5;

function suspicionOf(explainedRatio: number, name: string, evidence: string): Suspicion {
  return {
    cause: 'client_lag',
    sourceId: 'client',
    tier: 'A',
    explainedRatio,
    observations: [{ name, value: explainedRatio, logLikelihoodRatio: 4 }],
    coverageRatio: 1,
    evidence,
  };
}

function pct(ratio: number): number {
  return Math.round(100 * ratio);
}

function explainedBy(stall: Stall, { telemetry }: DiagnosisContext): number {
  const isUnbounded = Number.isNaN(stall.stream.errorsNs[stall.chunkIndex] ?? NaN);
  const delayNs = isUnbounded ? loopDelayNs(telemetry.clients, stall) : 0;
  return Math.min(1, Math.max(clientErrorNs(stall), delayNs) / stall.excessNs);
}

/** What the client may have added: the stamp's bound, and for a first token its late send. No bound counts as 0: it masks nothing. */
export function clientErrorNs({ stream, chunkIndex, phase }: Stall): number {
  const boundNs = stream.errorsNs[chunkIndex] ?? NaN;
  const latenessNs = phase === 'first_token' ? stream.sentNs - stream.timings.startNs : 0;
  return Math.max(latenessNs, Number.isNaN(boundNs) ? 0 : boundNs);
}

/** The event loop's longest delay about a stall. With several workers nobody knows which of them stamped it: the least delayed counts. */
function loopDelayNs(clients: readonly MetricSource[], { startNs, endNs }: Stall): number {
  const delaysNs = clients.flatMap((client) => {
    const line = client.line('event_loop_delay_max_ns');
    // A window's longest delay stands at the window's end.
    const next = line === undefined ? undefined : line.timesNs[line.indexAt(endNs) + 1];
    return line?.maxOver(startNs, next ?? endNs) ?? [];
  });
  return delaysNs.length === 0 ? 0 : Math.min(...delaysNs);
}

/** Times that a connection's own receive window was closed while tokens came late and then at once. */
function closedWindows(
  { phase, startNs, endNs, catchUpRatio = 0 }: Episode,
  { telemetry }: DiagnosisContext,
): number {
  if (phase !== 'decode' || catchUpRatio < LEAST_CATCH_UP_RATIO) return 0;
  return telemetry.clients.reduce(
    (sum, client) => sum + (client.line('tcp_receive_zero_window_count')?.maxOver(startNs, endNs) ?? 0),
    0,
  );
}

/** Of the prompt tokens that joined within a stall, those of requests that the client sent late by more than a token's deadline. */
function lateJoinersRatio(episode: Episode, { batch, usualGap, deadlines }: DiagnosisContext): number {
  if (episode.phase !== 'decode') return 0;
  const joined = batch.joinedWithin(episode.startNs, episode.endNs + 2 * usualGap.medianNs);
  const late = joined.filter(({ sentNs, timings }) => sentNs - timings.startNs > deadlines.tbtDeadlineNs);
  if (late.length < 2) return 0;
  return promptTokens(late) / Math.max(1, promptTokens(joined));
}

function promptTokens(streams: DiagnosisContext['streams']): number {
  return streams.reduce((sum, stream) => sum + (stream.promptTokens ?? 0), 0);
}
