import { excessPerStreamNs, type Episode } from '../episodes.js';
import type { TokenStream } from '../token-stream.js';
import type { CauseRule, DiagnosisContext, Observation } from './cause-rule.js';

/**
 * Mechanism: a joining prompt is worked on in the same step as the decoding streams, which all wait for it.
 * Reads: which requests had their first token at the end of the stall, their prompts' lengths, and what a prompt token usually costs.
 * Ruled out by: no request that joined; tokens that catch up afterwards (they had been generated).
 */
export const PREFILL_INTERFERENCE: CauseRule = {
  cause: 'prefill_interference',
  order: 'engine_record',
  highestConfidence: 0.95,
  reads: {},
  advice:
    'Work on prompts in chunks: vLLM --enable-chunked-prefill with a lower --max-num-batched-tokens, SGLang --chunked-prefill-size; or serve prefill apart.',
  judge(episode, context) {
    if (episode.phase !== 'decode') return [];
    const joined = joinedIn(episode, context);
    const promptTokens = joined.reduce((sum, stream) => sum + (stream.promptTokens ?? 0), 0);
    if (promptTokens === 0 || context.prefillNsPerToken === undefined) return [];
    const excessNs = excessPerStreamNs(episode);
    const predictedNs = context.prefillNsPerToken * promptTokens;
    const ms = (ns: number): string => (ns / 1e6).toFixed(1);
    return [
      {
        cause: 'prefill_interference',
        sourceId: undefined,
        tier: 'B',
        explainedRatio: Math.min(1, predictedNs / excessNs),
        observations: [
          scopeOf(episode),
          catchUpOf(episode),
          { name: 'joining_prompt_tokens', value: promptTokens, logLikelihoodRatio: 1 },
          budgetOf(predictedNs / excessNs),
        ],
        coverageRatio: 1,
        evidence: `${joined.length} joining ${joined.length === 1 ? 'request' : 'requests'} of ${promptTokens} prompt tokens, usually worth ${ms(predictedNs)} ms, within a stall of ${ms(excessNs)} ms`,
      },
    ];
  },
};

/** The streams whose first token came within the stall or ended it, give or take two usual gaps; of a storm the first may wait for the later ones too. */
function joinedIn(episode: Episode, { batch, usualGap }: DiagnosisContext): readonly TokenStream[] {
  return batch.joinedWithin(episode.startNs, episode.endNs + 2 * usualGap.medianNs);
}

function scopeOf({ scopeRatio = 1 }: Episode): Observation {
  return { name: 'scope_ratio', value: scopeRatio, logLikelihoodRatio: scopeRatio >= 0.7 ? 0.7 : -2 };
}

function catchUpOf({ catchUpRatio = 0 }: Episode): Observation {
  const logLikelihoodRatio = catchUpRatio < 0.3 ? 0.5 : catchUpRatio > 0.6 ? -5 : 0;
  return { name: 'catch_up_ratio', value: catchUpRatio, logLikelihoodRatio };
}

/** Predicted over seen delay. */
function budgetOf(ratio: number): Observation {
  const logLikelihoodRatio = ratio >= 0.5 && ratio <= 2 ? 1.5 : ratio < 0.25 ? -5 : 0;
  return { name: 'predicted_over_excess', value: ratio, logLikelihoodRatio };
}
