import type { Episode } from '../episodes.js';
import { prefillNs } from '../prefill-cost.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { neverGenerated, overdueNs } from './observations.js';
import { waitOf } from './first-token-wait.js';

/**
 * Mechanism: KV memory runs out; the engine puts running requests back into the queue and later computes their whole context anew, which slows the
 * others; new requests wait for memory.
 * Reads: the server's count of preemptions (SGLang: retracted requests), KV usage, and what the victims' contexts cost to compute again.
 * Ruled out by: a counter that stands still in scrapes that cover the stall; tokens that catch up.
 */
export const KV_PREEMPTION: CauseRule = {
  cause: 'kv_preemption',
  order: 'engine_record',
  highestConfidence: 0.95,
  reads: { server: ['preemptions_count', 'kv_cache_usage_ratio'] },
  advice:
    'More KV memory or fewer requests in it: vLLM --gpu-memory-utilization up, --max-num-seqs down, --kv-cache-dtype fp8; SGLang --mem-fraction-static up.',
  judge: (episode, context) =>
    context.telemetry.servers.flatMap((server) => suspect(episode, context, server)),
};

/** A victim waits for much longer than a step; what the others wait for is its prompt anew. */
const VICTIM_GAPS_COUNT = 8;
const LEAST_VICTIM_NS = 80_000_000;
const FULL_RATIO = 0.9;
/** Preempted requests fill the queue for a while: so long before the wait began. */
const LOOK_BACK_NS = 1_000_000_000;

function suspect(episode: Episode, context: DiagnosisContext, server: MetricSource): Suspicion[] {
  const window = windowOf(episode);
  const counter = server.line('preemptions_count');
  const grown = counter?.growthOver(window.startNs, window.endNs);
  if (counter === undefined || grown === undefined || grown.growth === 0) return [];
  const usage = server.line('kv_cache_usage_ratio')?.maxOver(window.startNs, window.endNs);
  const explainedRatio = explainedOf(episode, context, grown.growth);
  return [
    {
      cause: 'kv_preemption',
      sourceId: server.sourceId,
      tier: 'A',
      explainedRatio,
      observations: [
        { name: 'preemptions_count', value: grown.growth, logLikelihoodRatio: 2 },
        usageOf(usage),
        {
          name: 'explained_ratio',
          value: explainedRatio,
          logLikelihoodRatio: explainedRatio >= 0.5 ? 1 : -3,
        },
        ...(episode.phase === 'decode' ? [neverGenerated(episode)] : []),
      ],
      coverageRatio: counter.coverageRatio(window.startNs, window.endNs),
      evidence: `${grown.growth} requests preempted${usage === undefined ? '' : `, KV cache up to ${Math.round(100 * usage)} % full`}`,
    },
  ];
}

function windowOf(episode: Episode): { readonly startNs: number; readonly endNs: number } {
  if (episode.phase === 'decode') return episode;
  const { startNs, endNs } = waitOf(episode);
  return { startNs: startNs - LOOK_BACK_NS, endNs };
}

function usageOf(usage: number | undefined): Observation {
  const logLikelihoodRatio = usage === undefined ? 0 : usage >= FULL_RATIO ? 1.5 : -2;
  return { name: 'kv_cache_usage_ratio', value: usage ?? NaN, logLikelihoodRatio };
}

/** A first token waits for memory as long as it takes; of a stall the victims' part, or what their contexts cost the others. */
function explainedOf(episode: Episode, context: DiagnosisContext, preemptionsCount: number): number {
  if (episode.phase === 'first_token') return 1;
  const { usualGap, batch, prefillNsPerToken } = context;
  const leastNs = Math.max(LEAST_VICTIM_NS, VICTIM_GAPS_COUNT * usualGap.medianNs);
  const victims = new Set(
    episode.stalls.filter(({ excessNs }) => excessNs >= leastNs).map(({ stream }) => stream),
  ).size;
  const isVictims = victims > 0 && victims <= preemptionsCount && victims < episode.decodingStreamsCount;
  if (isVictims) return 1;
  if (prefillNsPerToken === undefined) return 0;
  const decodingCount = Math.max(1, batch.decodingCountAt(episode.startNs));
  const contextTokens = batch.contextTokensAt(episode.startNs) / decodingCount;
  const predictedNs = preemptionsCount * prefillNs(prefillNsPerToken, contextTokens);
  return Math.min(1, predictedNs / overdueNs(episode));
}
