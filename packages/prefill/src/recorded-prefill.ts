import type { RecordedPrefill } from '@fluidscope/trace-schema';
import type { FirstTokenDeadlines } from './first-token-deadline.js';
import type { PrefillProfile, PrefillProfileFit } from './prefill-profile.js';

/** What a trace keeps of a profile: the rule that its requests were held to, and what it takes to draw it. */
export function recordedPrefill(
  source: { readonly path: string; readonly sha256: string; readonly profile: PrefillProfile },
  fit: PrefillProfileFit,
  rule: FirstTokenDeadlines,
): RecordedPrefill {
  return {
    path: source.path,
    sha256: source.sha256,
    measured_at: source.profile.started_at,
    curve: fit.curve,
    from_tokens: rule.fromTokens,
    to_tokens: rule.toTokens,
    slack_ns: rule.slack.slackNs,
    slack_ratio: rule.slack.slackRatio,
    p025_ratio: fit.spread.p025_ratio,
    p975_ratio: fit.spread.p975_ratio,
    points: source.profile.points
      .filter(({ is_repeat: isRepeat }) => !isRepeat)
      .map((point) => [point.prompt_tokens, point.ttft_ns]),
  };
}
