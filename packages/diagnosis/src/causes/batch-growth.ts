import { pacesOf, paceQuantile, type Pace } from '../paces.js';
import { quantileRegression } from '../quantile-regression.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';
import { msText } from './observations.js';
import { oncePerEngine } from './once-per-engine.js';
import { slowPaceShare, withShare } from './slow-pace.js';

/**
 * Mechanism: with more streams and more context in a step each step takes longer, until it is slower than the deadline.
 * Reads: pace against the number of decoding streams: slow whenever so many decode, fast whenever few do.
 * Heard last: what slows an engine makes its batch grow, too, so that a cause which was measured comes first.
 * Ruled out by: a pace within the deadline at other times with as many streams (something else slowed them); no time with fewer streams to compare.
 */
export const BATCH_GROWTH: CauseRule = {
  cause: 'batch_growth',
  order: 'coincidence',
  highestConfidence: 0.9,
  reads: {},
  advice:
    'Cap what runs at once: vLLM --max-num-seqs or --max-model-len down, SGLang --max-running-requests; or add replicas.',
  judge: (episode, context) => withShare(slowPaceShare(episode, context), () => found(context)),
  judgeSlow: (_spell, context) => found(context),
};

const FEWEST_PACES_COUNT = 30;
/** The batch is clearly larger where it is slow. */
const LEAST_GROWTH_RATIO = 1.3;
const LEAST_CONSISTENT_RATIO = 0.85;
/** The pace with few streams, drawn out to many, accounts for the pace with many. */
const LEAST_EXTRAPOLATED_RATIO = 0.75;

const found = oncePerEngine(suspect);

function suspect({ streams, batch, deadlines }: DiagnosisContext): readonly Suspicion[] {
  const paces = pacesOf(streams, batch);
  const { tbtDeadlineNs } = deadlines;
  const slow = paces.filter(({ nsPerToken }) => nsPerToken > tbtDeadlineNs);
  const fast = paces.filter(({ nsPerToken }) => nsPerToken <= tbtDeadlineNs);
  if (slow.length < FEWEST_PACES_COUNT || fast.length < FEWEST_PACES_COUNT) return [];
  const slowCount = paceQuantile(slow, 0.5, ({ decodingCount }) => decodingCount) ?? 0;
  const fastCount = paceQuantile(fast, 0.5, ({ decodingCount }) => decodingCount) ?? 0;
  const atSlowCount = paces.filter(({ decodingCount }) => decodingCount >= slowCount);
  const consistentRatio =
    atSlowCount.filter(({ nsPerToken }) => nsPerToken > tbtDeadlineNs).length / atSlowCount.length;
  const extrapolatedRatio =
    extrapolated(fast, slowCount) / (paceQuantile(slow, 0.5, ({ nsPerToken }) => nsPerToken) ?? NaN);
  if (slowCount < LEAST_GROWTH_RATIO * Math.max(1, fastCount)) return [];
  const slowNs = paceQuantile(slow, 0.5, ({ nsPerToken }) => nsPerToken) ?? NaN;
  const fastNs = paceQuantile(fast, 0.5, ({ nsPerToken }) => nsPerToken) ?? NaN;
  return [
    {
      cause: 'batch_growth',
      sourceId: undefined,
      tier: 'B',
      explainedRatio: 1,
      observations: [
        {
          name: 'decoding_streams_growth_ratio',
          value: slowCount / Math.max(1, fastCount),
          logLikelihoodRatio: 1,
        },
        {
          name: 'slow_at_this_batch_ratio',
          value: consistentRatio,
          logLikelihoodRatio: consistentRatio >= LEAST_CONSISTENT_RATIO ? 2 : -4,
        },
        {
          name: 'extrapolated_over_seen_pace',
          value: extrapolatedRatio,
          logLikelihoodRatio: extrapolatedRatio >= LEAST_EXTRAPOLATED_RATIO ? 1 : -4,
        },
      ],
      coverageRatio: 1,
      evidence: `a token takes ${msText(slowNs)} with ${slowCount} streams decoding and ${msText(fastNs)} with ${fastCount}`,
    },
  ];
}

/** What the pace would be with so many streams, by how it grew with fewer. */
function extrapolated(fast: readonly Pace[], decodingCount: number): number {
  const samples = fast.map((pace) => ({ response: pace.nsPerToken, predictors: [pace.decodingCount] }));
  const [baseNs = 0, perStreamNs = 0] = quantileRegression(samples, 0.5) ?? [];
  return baseNs + perStreamNs * decodingCount;
}
