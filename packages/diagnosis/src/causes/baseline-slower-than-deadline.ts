import { pacesOf, paceQuantile } from '../paces.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';
import { msText } from './observations.js';
import { oncePerEngine } from './once-per-engine.js';
import { slowPaceShare, withShare } from './slow-pace.js';

/**
 * Mechanism: the engine's usual time for a token is longer than the deadline, so that deadlines are missed without any stall.
 * Reads: the pace of all streams over the whole run, by tokens, not by chunks.
 * Ruled out by: a usual pace within the deadline; a good part of the run with a pace well within it.
 */
export const BASELINE_SLOWER_THAN_DEADLINE: CauseRule = {
  cause: 'baseline_slower_than_deadline',
  order: 'arithmetic',
  highestConfidence: 0.97,
  reads: {},
  advice:
    'No stall to mend: tensor parallelism, quantization, fewer sequences at once, or a deadline that this engine can hold.',
  judge: (episode, context) => withShare(slowPaceShare(episode, context), () => found(context)),
  judgeSlow: (_spell, context) => found(context),
};

/** Even the fastest tenth of the run leaves hardly any slack: with fewer streams the deadline could just be held, and nothing beside. */
const FAST_RATIO = 0.1;
const LEAST_FAST_RATIO = 0.9;

const found = oncePerEngine(suspect);

function suspect({ streams, batch, deadlines }: DiagnosisContext): readonly Suspicion[] {
  const [fastNs, usualNs] = [FAST_RATIO, 0.5].map((ratio) =>
    paceQuantile(pacesOf(streams, batch), ratio, ({ nsPerToken }) => nsPerToken),
  );
  if (fastNs === undefined || usualNs === undefined || usualNs <= deadlines.tbtDeadlineNs) return [];
  const value = fastNs / deadlines.tbtDeadlineNs;
  if (value < LEAST_FAST_RATIO) return [];
  return [
    {
      cause: 'baseline_slower_than_deadline',
      sourceId: undefined,
      tier: 'A',
      explainedRatio: 1,
      observations: [{ name: 'fast_pace_over_deadline', value, logLikelihoodRatio: 4 }],
      coverageRatio: 1,
      evidence: `the usual gap is ${msText(usualNs)}, the deadline ${msText(deadlines.tbtDeadlineNs)}`,
    },
  ];
}
