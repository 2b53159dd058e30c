import { weightedMean, type Episode } from '../episodes.js';
import { prefillNs } from '../prefill-cost.js';
import type { Stall } from '../stalls.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';
import { budgetOf } from './observations.js';
import { waitOf } from './first-token-wait.js';

/**
 * Mechanism: a prompt whose beginning is usually in the prefix cache is computed whole, because its blocks were evicted or it came to another replica.
 * Reads: prefix cache hits over queries during the wait and over the run; first tokens of prompts as long that came much sooner.
 * Ruled out by: hits as usual in covered scrapes; a cache that seldom hits anyway; no prompt as long that was faster.
 */
export const PREFIX_CACHE_MISS: CauseRule = {
  cause: 'prefix_cache_miss',
  order: 'engine_record',
  highestConfidence: 0.85,
  reads: { server: ['prefix_cache_query_tokens', 'prefix_cache_hit_tokens'] },
  advice:
    'Keep prefixes in memory and send them where they are: more KV memory (vLLM --gpu-memory-utilization), prefix-aware routing, --enable-prefix-caching on all replicas.',
  judge(episode, context) {
    if (episode.phase !== 'first_token') return [];
    return context.telemetry.servers.flatMap((server) => suspect(episode, context, server));
  },
};

const LEAST_USUAL_RATIO = 0.2;
const LEAST_FALL_RATIO = 0.5;
const AS_LONG_RATIO = 0.2;
const MUCH_SOONER_RATIO = 0.5;

function suspect(episode: Episode, context: DiagnosisContext, server: MetricSource): Suspicion[] {
  const { startNs, endNs } = waitOf(episode);
  const hits = server.line('prefix_cache_hit_tokens');
  const now = hitRatio(server, startNs, endNs);
  const usual = hitRatio(server, hits?.timesNs[0] ?? NaN, hits?.timesNs.at(-1) ?? NaN);
  if (hits === undefined || now === undefined || usual === undefined || usual < LEAST_USUAL_RATIO) return [];
  if (now > LEAST_FALL_RATIO * usual) return [];
  const nsPerToken = context.stepNsPerToken ?? 0;
  const predictedOverExcess =
    weightedMean(
      episode.stalls,
      ({ stream, excessNs }) => prefillNs(nsPerToken, (usual - now) * (stream.promptTokens ?? 0)) / excessNs,
    ) ?? 0;
  const soonerRatio = weightedMean(episode.stalls, (stall) => (hasSooner(stall, context) ? 1 : 0)) ?? 0;
  return [
    {
      cause: 'prefix_cache_miss',
      sourceId: server.sourceId,
      tier: 'A',
      explainedRatio: Math.min(1, predictedOverExcess),
      observations: [
        { name: 'prefix_hit_ratio', value: now, logLikelihoodRatio: 1.5 },
        {
          name: 'sooner_at_equal_length_ratio',
          value: soonerRatio,
          logLikelihoodRatio: soonerRatio >= 0.5 ? 1 : -2,
        },
        budgetOf(predictedOverExcess),
      ],
      coverageRatio: hits.coverageRatio(startNs, endNs),
      evidence: `${Math.round(100 * now)} % of prompt tokens found in the prefix cache instead of ${Math.round(100 * usual)} %`,
    },
  ];
}

function hitRatio(server: MetricSource, fromNs: number, toNs: number): number | undefined {
  const hits = server.line('prefix_cache_hit_tokens')?.growthOver(fromNs, toNs)?.growth;
  const queries = server.line('prefix_cache_query_tokens')?.growthOver(fromNs, toNs)?.growth;
  return hits === undefined || queries === undefined || queries === 0 ? undefined : hits / queries;
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
