import { weightedMean, type Episode } from '../episodes.js';
import { prefillNs } from '../prefill-cost.js';
import type { Stall } from '../stalls.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { windowOf } from './episode-window.js';
import { budgetOf, engineScopeOf, explainedBy, neverGenerated, overdueNs } from './observations.js';

/**
 * Mechanism: a prompt whose beginning is usually in the prefix cache is computed whole, because its blocks were evicted or it came to another replica; it and whoever
 * shares its steps wait for that.
 * Reads: prefix cache hits over queries during the wait and over the run, and what the tokens that were not found usually cost; for first tokens, those of prompts as
 * long that came much sooner.
 * Ruled out by: hits as usual in covered scrapes; a cache that seldom hits anyway; no prompt as long that was faster; tokens that were generated in time.
 */
export const PREFIX_CACHE_MISS: CauseRule = {
  cause: 'prefix_cache_miss',
  order: 'engine_record',
  highestConfidence: 0.85,
  reads: { server: ['prefix_cache_query_tokens', 'prefix_cache_hit_tokens'] },
  advice:
    'Keep prefixes in memory and send them where they are: more KV memory (vLLM --gpu-memory-utilization), prefix-aware routing, --enable-prefix-caching on all replicas.',
  judge: (episode, context) =>
    context.telemetry.servers.flatMap((server) => suspect(episode, context, server)),
};

const LEAST_USUAL_RATIO = 0.2;
const LEAST_FALL_RATIO = 0.9;
const AS_LONG_RATIO = 0.2;
const MUCH_SOONER_RATIO = 0.5;

function suspect(episode: Episode, context: DiagnosisContext, server: MetricSource): Suspicion[] {
  const { fromNs, toNs } = windowOf(episode);
  const line = server.line('prefix_cache_hit_tokens');
  const now = hitsWithin(server, fromNs, toNs);
  const usual = hitsWithin(server, line?.timesNs[0] ?? NaN, line?.timesNs.at(-1) ?? NaN);
  if (line === undefined || now === undefined || usual === undefined) return [];
  if (usual.ratio < LEAST_USUAL_RATIO || now.ratio > LEAST_FALL_RATIO * usual.ratio) return [];
  const predictedOverExcess = predictedOver(episode, context, { server, usualRatio: usual.ratio });
  return [
    {
      cause: 'prefix_cache_miss',
      sourceId: server.sourceId,
      tier: 'A',
      explainedRatio: explainedBy(predictedOverExcess, 1),
      observations: [
        { name: 'prefix_hit_ratio', value: now.ratio, logLikelihoodRatio: 1.5 },
        ...(episode.phase === 'first_token'
          ? [soonerObservation(episode, context)]
          : [engineScopeOf(episode), neverGenerated(episode)]),
        budgetOf(predictedOverExcess),
      ],
      coverageRatio: line.coverageRatio(fromNs, toNs),
      evidence: `${Math.round(100 * now.ratio)} % of prompt tokens found in the prefix cache instead of ${Math.round(100 * usual.ratio)} %`,
    },
  ];
}

/** What the tokens that were not found cost while each stall lasted, over its excess: of an engine's steps all that decode wait for the same. */
function predictedOver(
  episode: Episode,
  { stepNsPerToken = 0 }: DiagnosisContext,
  { server, usualRatio }: { readonly server: MetricSource; readonly usualRatio: number },
): number {
  const predictedNs = (fromNs: number, toNs: number): number => {
    const hits = hitsWithin(server, fromNs, toNs);
    const lostTokens = hits === undefined ? 0 : (usualRatio - hits.ratio) * hits.queriedTokens;
    return lostTokens <= 0 ? 0 : prefillNs(stepNsPerToken, lostTokens);
  };
  if (episode.phase === 'decode')
    return predictedNs(episode.startNs, episode.endNs) / Math.max(1, overdueNs(episode));
  return (
    weightedMean(
      episode.stalls,
      ({ stream, endNs, excessNs }) => predictedNs(stream.sentNs, endNs) / excessNs,
    ) ?? 0
  );
}

interface Hits {
  readonly ratio: number;
  readonly queriedTokens: number;
}

function hitsWithin(server: MetricSource, fromNs: number, toNs: number): Hits | undefined {
  const hits = server.line('prefix_cache_hit_tokens')?.growthOver(fromNs, toNs)?.growth;
  const queriedTokens = server.line('prefix_cache_query_tokens')?.growthOver(fromNs, toNs)?.growth;
  return hits === undefined || queriedTokens === undefined || queriedTokens === 0
    ? undefined
    : { ratio: hits / queriedTokens, queriedTokens };
}

function soonerObservation(episode: Episode, context: DiagnosisContext): Observation {
  const value = weightedMean(episode.stalls, (stall) => (hasSooner(stall, context) ? 1 : 0)) ?? 0;
  return { name: 'sooner_at_equal_length_ratio', value, logLikelihoodRatio: value >= 0.5 ? 1 : -2 };
}

/** Whether another prompt of about its length had its first token in half the time. */
function hasSooner({ stream }: Stall, { streams }: DiagnosisContext): boolean {
  const { promptTokens = 0 } = stream;
  return streams.some(
    (other) =>
      other.promptTokens !== undefined &&
      Math.abs(other.promptTokens - promptTokens) <= AS_LONG_RATIO * promptTokens &&
      waitNs(other) <= MUCH_SOONER_RATIO * waitNs(stream),
  );
}

function waitNs({ sentNs, timings }: Stall['stream']): number {
  return (timings.arrivalsNs[0] ?? NaN) - sentNs;
}
