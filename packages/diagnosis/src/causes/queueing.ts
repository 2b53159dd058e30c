import { weightedMean, type Episode } from '../episodes.js';
import { mergedSpans, overlapNs, spanOf } from '../spans.js';
import type { Stall } from '../stalls.js';
import type { SampleLine } from '../telemetry/sample-line.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { waitOf } from './first-token-wait.js';

/**
 * Mechanism: more requests than the engine may run at once, so that a request waits before its prompt is worked on.
 * Reads: requests waiting and running, as the server says, over each late request's own wait.
 * Ruled out by: scrapes within the wait that show none waiting; an engine that stood still meanwhile, which whoever waits then waits for; requests that
 * were preempted; a stall of decoding streams.
 */
export const QUEUEING: CauseRule = {
  cause: 'queueing',
  order: 'engine_record',
  highestConfidence: 0.95,
  reads: { server: ['requests_waiting_count'] },
  advice: 'Add replicas, admit fewer requests at once, or let more run: --max-num-seqs, if KV memory allows.',
  judge(episode, context) {
    if (episode.phase !== 'first_token') return [];
    return context.telemetry.servers.flatMap((server) => suspect(episode, context, server));
  },
};

/** As many as ever ran at once, give or take: the limit of sequences is in force. */
const FULL_RATIO = 0.9;

function suspect(episode: Episode, context: DiagnosisContext, server: MetricSource): Suspicion[] {
  const { startNs, endNs } = waitOf(episode);
  const waiting = server.line('requests_waiting_count');
  const most = waiting?.maxOver(startNs, endNs);
  if (waiting === undefined || most === undefined || most === 0) return [];
  const engineOverdue = mergedSpans(engineStalls(context, startNs, endNs).map(spanOf));
  const explainedRatio =
    weightedMean(episode.stalls, (stall) => {
      const { sentNs } = stall.stream;
      const queuedNs = waitingNs(waiting, sentNs, stall.endNs);
      return Math.min(
        1,
        Math.max(0, queuedNs - overlapNs(engineOverdue, sentNs, stall.endNs)) / stall.excessNs,
      );
    }) ?? 0;
  return [
    {
      cause: 'queueing',
      sourceId: server.sourceId,
      tier: 'A',
      explainedRatio,
      observations: [
        { name: 'requests_waiting_count_max', value: most, logLikelihoodRatio: 1.5 },
        {
          name: 'queued_over_excess',
          value: explainedRatio,
          logLikelihoodRatio: explainedRatio >= 0.5 ? 2 : -3,
        },
        runningOf(server, startNs, endNs),
        preemptionsOf(server, startNs, endNs),
      ],
      coverageRatio: waiting.coverageRatio(startNs, endNs),
      evidence: `up to ${most} requests waited at the server before its first token`,
    },
  ];
}

/** Stalls of decoding streams, which are what new requests wait for as well. */
function engineStalls({ stalls }: DiagnosisContext, fromNs: number, toNs: number): readonly Stall[] {
  return stalls.filter(({ phase, startNs, endNs }) => phase === 'decode' && endNs > fromNs && startNs < toNs);
}

/** How long of a span the scrapes say that anybody waited. */
function waitingNs(waiting: SampleLine, fromNs: number, toNs: number): number {
  let sumNs = 0;
  for (let index = Math.max(0, waiting.indexAt(fromNs)); index < waiting.timesNs.length; index += 1) {
    const startNs = waiting.timesNs[index] ?? NaN;
    if (startNs > toNs) break;
    const endNs = Math.min(waiting.timesNs[index + 1] ?? toNs, startNs + waiting.reachNs, toNs);
    if ((waiting.values[index] ?? 0) > 0) sumNs += Math.max(0, endNs - Math.max(startNs, fromNs));
  }
  return sumNs;
}

function runningOf(server: MetricSource, fromNs: number, toNs: number): Observation {
  const running = server.line('requests_running_count');
  const most = running?.maxOver(fromNs, toNs);
  const ever = running?.maxOver(-Infinity, Infinity);
  const ratio = most === undefined || ever === undefined || ever === 0 ? NaN : most / ever;
  return {
    name: 'running_over_most_ratio',
    value: ratio,
    logLikelihoodRatio: Number.isNaN(ratio) ? 0 : ratio >= FULL_RATIO ? 1 : -1.5,
  };
}

function preemptionsOf(server: MetricSource, fromNs: number, toNs: number): Observation {
  const growth = server.line('preemptions_count')?.growthOver(fromNs - LOOK_BACK_NS, toNs)?.growth ?? 0;
  return { name: 'preemptions_count', value: growth, logLikelihoodRatio: growth > 0 ? -5 : 0 };
}

/** Those that were preempted wait for a while, and all behind them. */
const LOOK_BACK_NS = 1_000_000_000;
