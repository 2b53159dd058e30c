import type { Episode } from '../episodes.js';
import type { Silence } from '../silences.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation } from './cause-rule.js';
import { enginePauses } from './engine-pauses.js';
import { silencesWithin, windowOf, type EpisodeWindow } from './episode-window.js';
import { GPU_WORK_METRICS, lostWorkByHost } from './gpu-work.js';
import { HOST_LOAD_METRICS, rateOf } from './host-load.js';
import { deliveredLate, engineScopeOf } from './observations.js';
import { exposureOfSpans } from './span-exposure.js';
import { pctText } from './throttling.js';

/**
 * Mechanism: the process between the engine and its sockets (text of tokens, frames of streams) is the one that cannot keep up; the engine goes on, and what it made comes in a burst.
 * Reads: silences of all streams that are caught up afterwards, the server's count of generated tokens, whether GPUs worked on, retransmitted segments.
 * Ruled out by: one stream or path alone; GPUs that idled, a count that stood still; segments sent again.
 */
export const DETOKENIZER_BOTTLENECK: CauseRule = {
  cause: 'detokenizer_bottleneck',
  order: 'host',
  highestConfidence: 0.85,
  reads: { gpu: GPU_WORK_METRICS },
  helpedBy: { host: [...HOST_LOAD_METRICS, 'tcp_retransmits_count'] },
  advice:
    'Run more API servers (vLLM --api-server-count), write tokens in larger pieces (--stream-interval), or give that process a core of its own.',
  exposure: (context) => [
    { sourceId: placeOf(context), activeRatios: exposureOfSpans(blockedSpans(context), context.bins) },
  ],
  judge(episode, context) {
    const { catchUpRatio, decodingStreamsCount } = episode;
    if (episode.phase !== 'decode' || (catchUpRatio ?? 0) < LEAST_CATCH_UP_RATIO) return [];
    if (decodingStreamsCount < FEWEST_STREAMS_COUNT) return [];
    const window = windowOf(episode);
    const silentRatio = silentShare(window, context);
    if (silentRatio < LEAST_SILENT_RATIO) return [];
    const generated = generatedObservation(episode, window, context);
    const idle = workedOnObservation(window, context);
    if (generated.logLikelihoodRatio <= 0 && idle.logLikelihoodRatio <= 0) return [];
    return [
      {
        cause: 'detokenizer_bottleneck',
        sourceId: placeOf(context),
        tier: 'B',
        explainedRatio: 1,
        observations: [
          engineScopeOf(episode),
          deliveredLate(episode),
          { name: 'all_streams_silent_ratio', value: silentRatio, logLikelihoodRatio: 0.5 },
          generated,
          idle,
          retransmitObservation(window, context),
        ],
        coverageRatio: 1,
        evidence: `all streams stood still and caught up ${pctText(catchUpRatio ?? 0)} of it afterwards${
          idle.logLikelihoodRatio > 0 ? `, while the GPUs worked on` : ''
        }${generated.logLikelihoodRatio > 0 ? ', and the server went on counting tokens' : ''}`,
      },
    ];
  },
};

const LEAST_CATCH_UP_RATIO = 0.5;
const FEWEST_STREAMS_COUNT = 3;
const LEAST_SILENT_RATIO = 0.5;
/** Of a scrape's span, for it to tell what happened in the stall. */
const LEAST_OVERLAP_RATIO = 0.4;

/** Tokens alone do not tell which of several hosts wrote them. */
function placeOf({ telemetry: { hosts } }: DiagnosisContext): string | undefined {
  return hosts.length === 1 ? hosts[0]?.sourceId : undefined;
}

/** Silences in which the engine did not pause. */
function blockedSpans(context: DiagnosisContext): readonly Silence[] {
  const pausedUntilNs = new Set(enginePauses(context).map(({ toNs }) => toNs));
  return context.silences.filter(({ toNs }) => !pausedUntilNs.has(toNs));
}

function silentShare(window: EpisodeWindow, context: DiagnosisContext): number {
  const silentNs = silencesWithin(window, context).reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
  return silentNs / Math.max(1, window.toNs - window.fromNs);
}

/** Tokens counted over the stall beside those that its streams would have had. */
function generatedObservation(
  { decodingStreamsCount, stalls }: Episode,
  { fromNs, toNs }: EpisodeWindow,
  { telemetry }: DiagnosisContext,
): Observation {
  const expectedNs = stalls[0]?.expected.medianNs ?? Infinity;
  const ratios = telemetry.servers.flatMap((server) => {
    const grown = server.line('generation_tokens_count')?.growthOver(fromNs, toNs);
    if (grown === undefined || toNs - fromNs < LEAST_OVERLAP_RATIO * (grown.toNs - grown.fromNs)) return [];
    return [(grown.growth * expectedNs) / (decodingStreamsCount * (grown.toNs - grown.fromNs))];
  });
  const most = ratios.length === 0 ? undefined : Math.max(...ratios);
  return {
    name: 'generated_over_expected',
    value: most ?? NaN,
    logLikelihoodRatio: most === undefined ? 0 : most >= 0.8 ? 2 : most < 0.6 ? -5 : 0,
  };
}

function workedOnObservation({ fromNs, toNs }: EpisodeWindow, { telemetry }: DiagnosisContext): Observation {
  const idle = lostWorkByHost(telemetry.gpus, fromNs, toNs).map(({ lostNs }) => lostNs / (toNs - fromNs));
  const least = idle.length === 0 ? undefined : Math.max(...idle);
  return {
    name: 'gpu_idle_ratio',
    value: least ?? NaN,
    logLikelihoodRatio: least === undefined ? 0 : least < 0.2 ? 2 : least > 0.4 ? -5 : 0,
  };
}

/** Segments that were sent again tell of the network instead. */
function retransmitObservation(window: EpisodeWindow, { telemetry }: DiagnosisContext): Observation {
  const counts = telemetry.hosts.flatMap((host: MetricSource) => {
    const rate = rateOf(host, 'tcp_retransmits_count', window);
    return rate === undefined ? [] : [rate.ratio * (window.toNs - window.fromNs)];
  });
  const most = counts.length === 0 ? undefined : Math.max(...counts);
  return {
    name: 'retransmitted_segments_count',
    value: most ?? NaN,
    logLikelihoodRatio: most === undefined ? 0 : most >= 1 ? -6 : 0.5,
  };
}
