import { prefillNs } from '../prefill-cost.js';
import type { CauseRule, DiagnosisContext } from './cause-rule.js';
import { budgetOf, engineScopeOf, explainedBy, msText, neverGenerated, overdueNs } from './observations.js';
import { chunkExcessNs } from './prefill-chunks.js';
import { carriedElsewhere } from './prompts-carried.js';
import { fillsChunk } from './prompts-in-hand.js';
import { promptsWithin } from './prompts-within.js';
import { MOST_SLOW_PACE_RATIO, slowPaceShare } from './slow-pace.js';

/**
 * Mechanism: prompts are worked on in chunks, and a step with a full chunk takes longer than the deadline allows.
 * Reads: slow steps in a row that are about as long and of which only the last gives a first token, and the prompts that were worked on then.
 * Ruled out by: steps whose length knows no bound (prompts worked on whole), or each of which a stream that keeps ahead would carry; prompts too short for
 * the stall, or each too short to fill a chunk; tokens that catch up.
 */
export const PREFILL_CHUNK_TOO_LARGE: CauseRule = {
  cause: 'prefill_chunk_too_large',
  order: 'engine_record',
  highestConfidence: 0.95,
  reads: {},
  advice:
    'Smaller chunks: vLLM --max-num-batched-tokens and --long-prefill-token-threshold down, SGLang --chunked-prefill-size down.',
  judge(episode, context) {
    const { stepNsPerToken: nsPerToken } = context;
    if (episode.phase !== 'decode' || nsPerToken === undefined) return [];
    if (slowPaceShare(episode, context) >= MOST_SLOW_PACE_RATIO) return [];
    const chunkNs = chunkExcessNs(episode, context);
    if (chunkNs === undefined || !burnsSlack(chunkNs, context)) return [];
    const { lengthsTokens, sourceId, coverageRatio } = promptsWithin(episode, context);
    const predictedNs = sum(lengthsTokens.map((tokens) => prefillNs(nsPerToken, tokens)));
    if (predictedNs === 0) return [];
    const excessNs = overdueNs(episode);
    return [
      {
        cause: 'prefill_chunk_too_large',
        sourceId,
        tier: sourceId === undefined ? 'B' : 'A',
        explainedRatio: explainedBy(predictedNs, excessNs),
        observations: [
          engineScopeOf(episode),
          neverGenerated(episode),
          { name: 'chunk_excess_ms', value: chunkNs / 1e6, logLikelihoodRatio: 1.5 },
          budgetOf(predictedNs / excessNs),
          fillsChunk(chunkNs, episode, context),
          carriedElsewhere(sum(lengthsTokens), episode, context),
        ],
        coverageRatio,
        evidence: `steps in a row of about ${msText(chunkNs)} too much each, for prompts usually worth ${msText(predictedNs)}, within a stall of ${msText(excessNs)}`,
      },
    ];
  },
};

/** Shorter steps a stream that keeps ahead carries: where such cost deadlines, something had spent the slack before, or slowed the steps. */
const SLACK_DEADLINES_COUNT = 5;

function burnsSlack(chunkNs: number, { usualGap, deadlines }: DiagnosisContext): boolean {
  return chunkNs + usualGap.medianNs >= SLACK_DEADLINES_COUNT * deadlines.tbtDeadlineNs;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
