import { prefillNs } from '../prefill-cost.js';
import type { CauseRule } from './cause-rule.js';
import { budgetOf, engineScopeOf, explainedBy, msText, neverGenerated, overdueNs } from './observations.js';
import { chunkExcessNs } from './prefill-chunks.js';
import { carriedElsewhere, missedByPromptsAlone } from './prompts-carried.js';
import { promptsWithin } from './prompts-within.js';
import { MOST_SLOW_PACE_RATIO, slowPaceShare } from './slow-pace.js';

/**
 * Mechanism: a joining prompt is worked on in the same step as the decoding streams, which all wait for it.
 * Reads: which requests had their first token within the stall or at its end, their prompts' lengths (those of other clients from the server's
 * own count), and what a prompt token usually costs.
 * Ruled out by: no prompt that joined; prompts too short for the stall; tokens that catch up afterwards (they had been generated); prompts that are
 * worked on in chunks, for then it is their size.
 */
export const PREFILL_INTERFERENCE: CauseRule = {
  cause: 'prefill_interference',
  order: 'engine_record',
  highestConfidence: 0.95,
  reads: {},
  advice:
    'Work on prompts in chunks: vLLM --enable-chunked-prefill with a lower --max-num-batched-tokens, SGLang --chunked-prefill-size; or serve prefill apart.',
  judge(episode, context) {
    const { stepNsPerToken: nsPerToken } = context;
    if (episode.phase !== 'decode' || nsPerToken === undefined) return [];
    if (slowPaceShare(episode, context) >= MOST_SLOW_PACE_RATIO) return [];
    const excessNs = overdueNs(episode);
    const prompts = promptsWithin(episode, context);
    const predictedNs = predictedBy(prompts.lengthsTokens, nsPerToken);
    if (predictedNs === 0 || chunkExcessNs(episode, context) !== undefined) return [];
    const { requestsCount, lengthsTokens, coverageRatio, sourceId } = prompts;
    const promptTokens = lengthsTokens.reduce((sum, tokens) => sum + tokens, 0);
    return [
      {
        cause: 'prefill_interference',
        sourceId,
        tier: 'B',
        explainedRatio: explainedBy(predictedNs, excessNs),
        observations: [
          engineScopeOf(episode),
          neverGenerated(episode),
          { name: 'joining_prompt_tokens', value: promptTokens, logLikelihoodRatio: 1 },
          budgetOf(predictedNs / excessNs),
          missedByPromptsAlone(predictedNs / excessNs, episode, context),
          carriedElsewhere(promptTokens, episode, context),
        ],
        coverageRatio,
        evidence: `${requestsCount === undefined ? 'other clients’ requests' : `${requestsCount} joining ${requestsCount === 1 ? 'request' : 'requests'}`} of ${Math.round(promptTokens)} prompt tokens, usually worth ${msText(predictedNs)}, within a stall of ${msText(excessNs)}`,
      },
    ];
  },
};

function predictedBy(lengthsTokens: readonly number[], nsPerToken: number): number {
  return lengthsTokens.reduce((sum, tokens) => sum + prefillNs(nsPerToken, tokens), 0);
}
