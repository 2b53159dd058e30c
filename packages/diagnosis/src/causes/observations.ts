import type { Episode } from '../episodes.js';
import { mergedSpans, overlapNs, spanOf } from '../spans.js';
import type { Observation } from './cause-rule.js';

/** For a cause that holds up the whole engine: most streams stalled at once. */
export function engineScopeOf({ scopeRatio = 1 }: Episode): Observation {
  return { name: 'scope_ratio', value: scopeRatio, logLikelihoodRatio: scopeRatio >= 0.7 ? 0.7 : -2 };
}

/** For a cause by which tokens are never generated: they do not catch up. */
export function neverGenerated({ catchUpRatio = 0 }: Episode): Observation {
  const logLikelihoodRatio = catchUpRatio < 0.3 ? 0.5 : catchUpRatio > 0.6 ? -5 : 0;
  return { name: 'catch_up_ratio', value: catchUpRatio, logLikelihoodRatio };
}

/** For a cause by which tokens are generated in time and delivered late: they catch up. */
export function deliveredLate({ catchUpRatio = 0 }: Episode): Observation {
  const logLikelihoodRatio = catchUpRatio >= 0.6 ? 1.5 : catchUpRatio >= 0.3 ? 0.5 : -1.5;
  return { name: 'catch_up_ratio', value: catchUpRatio, logLikelihoodRatio };
}

/** Predicted over seen delay: a mechanism too weak for what was seen is ruled out. */
export function budgetOf(ratio: number): Observation {
  const logLikelihoodRatio =
    ratio >= 0.5 && ratio <= 2 ? 1.5 : ratio < 0.25 ? -5 : ratio < 0.5 ? -4 : ratio > 4 ? -2 : 0;
  return { name: 'predicted_over_excess', value: ratio, logLikelihoodRatio };
}

/** How long an episode's engine was overdue: the time in which any of its stalls was. */
export function overdueNs({ stalls, startNs, endNs }: Episode): number {
  return overlapNs(mergedSpans(stalls.map(spanOf)), startNs, endNs);
}

/** What a predicted delay accounts for: all of what was seen, where it is within what such predictions can tell (half to twice). */
export function explainedBy(predictedNs: number, excessNs: number): number {
  const ratio = predictedNs / excessNs;
  return ratio >= LEAST_FULL_RATIO ? 1 : ratio;
}

const LEAST_FULL_RATIO = 0.5;

export function msText(ns: number): string {
  return `${(ns / 1e6).toFixed(1)} ms`;
}
