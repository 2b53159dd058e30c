import { weightedMean, type Episode } from '../episodes.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { DiagnosisContext, NamedCause, Suspicion } from './cause-rule.js';
import { budgetOf } from './observations.js';

const NS_PER_S = 1e9;

interface RecordedDelay {
  readonly cause: NamedCause;
  /** A counter of seconds. */
  readonly metric: string;
  readonly evidenceOf: (delayMs: number) => string;
}

/**
 * The suspicion that a late first token waited for something whose time its server adds up: as much of it as the counter grew during the wait. None where the
 * counter stood still, or the wait is not that of some requests among others.
 */
export function recordedDelay(
  episode: Episode,
  { telemetry }: DiagnosisContext,
  recorded: RecordedDelay,
): readonly Suspicion[] {
  if (episode.phase !== 'first_token') return [];
  return telemetry.servers.flatMap((server) => suspect(episode, server, recorded));
}

function suspect(
  episode: Episode,
  server: MetricSource,
  { cause, metric, evidenceOf }: RecordedDelay,
): Suspicion[] {
  const line = server.line(metric);
  if (line === undefined) return [];
  const grown = episode.stalls.map((stall) => ({
    stall,
    grownNs: NS_PER_S * (line.growthOver(stall.stream.sentNs, stall.endNs)?.growth ?? 0),
  }));
  const grownOf = new Map(grown.map(({ stall, grownNs }) => [stall, grownNs]));
  const predictedOverExcess =
    weightedMean(episode.stalls, (stall) => (grownOf.get(stall) ?? 0) / stall.excessNs) ?? 0;
  if (predictedOverExcess === 0) return [];
  const startNs = Math.min(...episode.stalls.map(({ stream }) => stream.sentNs));
  return [
    {
      cause,
      sourceId: server.sourceId,
      tier: 'A',
      explainedRatio: Math.min(1, predictedOverExcess),
      observations: [
        { name: metric, value: Math.max(...grownOf.values()) / NS_PER_S, logLikelihoodRatio: 1.5 },
        // The counter adds up all that were held at once: more than the delay is no sign against it.
        budgetOf(Math.min(1, predictedOverExcess)),
      ],
      coverageRatio: line.coverageRatio(startNs, episode.endNs),
      evidence: evidenceOf(Math.max(...grownOf.values()) / 1e6),
    },
  ];
}
