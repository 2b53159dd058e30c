import type { TtftDeadlineSource } from '@fluidscope/trace-schema';
import { durationNs, type DurationNs } from '@fluidscope/units';
import { predictedTtftNs, type PrefillCurve } from './prefill-curve.js';
import type { TtftSlack } from './ttft-slack.js';

/** How first-token deadlines follow from prompt lengths: plain data, the same for every thread and in the trace. */
export interface FirstTokenDeadlines {
  readonly curve: PrefillCurve;
  /** Prompt lengths that the curve speaks for, both ends included. */
  readonly fromTokens: number;
  readonly toTokens: number;
  readonly slack: TtftSlack;
}

export interface FirstTokenDeadline {
  readonly ttftDeadlineNs: DurationNs;
  readonly source: TtftDeadlineSource;
}

/** How far past the lengths that were measured a curve is believed, at either end. */
export const DEFAULT_REACH_RATIO = 1.25;

/** The lengths that a curve speaks for; throws `RangeError` for a reach below 1. */
export function believedRange(
  { shortestTokens, longestTokens }: { readonly shortestTokens: number; readonly longestTokens: number },
  reachRatio = DEFAULT_REACH_RATIO,
): Pick<FirstTokenDeadlines, 'fromTokens' | 'toTokens'> {
  if (!(reachRatio >= 1)) throw new RangeError(`Expected a reach of 1 or more but received ${reachRatio}`);
  return {
    fromTokens: Math.ceil(shortestTokens / reachRatio),
    toTokens: Math.floor(longestTokens * reachRatio),
  };
}

/**
 * A request's first-token deadline. The curve is not stretched: a prompt beyond its range takes the deadline of the range's nearest end
 * (too generous for a shorter one, too strict for a longer one) and says so; one of unknown length takes `otherwiseNs`.
 */
export function firstTokenDeadline(
  rule: FirstTokenDeadlines,
  promptTokens: number | undefined,
  otherwiseNs: DurationNs,
): FirstTokenDeadline {
  if (promptTokens === undefined) return { ttftDeadlineNs: otherwiseNs, source: 'no_prompt_length' };
  const { fromTokens, toTokens, curve, slack } = rule;
  const withinTokens = Math.min(toTokens, Math.max(fromTokens, promptTokens));
  const predictedNs = predictedTtftNs(curve, withinTokens);
  const deadlineNs = Math.max(1, Math.round(predictedNs * (1 + slack.slackRatio) + slack.slackNs));
  return {
    ttftDeadlineNs: durationNs(deadlineNs),
    source: withinTokens === promptTokens ? 'prefill_profile' : 'nearest_end',
  };
}
