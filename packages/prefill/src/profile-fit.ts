import { FIT_METHOD, fitPrefill, type PrefillFit } from './fit-prefill.js';
import { believedRange, type FirstTokenDeadlines } from './first-token-deadline.js';
import type { PrefillPoint } from './prefill-point.js';
import type { PrefillProfileFit, PrefillProfilePoint } from './prefill-profile.js';
import type { TtftSlack } from './ttft-slack.js';
import { durationNs } from '@fluidscope/units';

/** The fit of a profile's points (first sends, or repeats) as its file holds it; a problem, for people, where they determine none. */
export function fitProfilePoints(
  points: readonly PrefillProfilePoint[],
  which: 'first' | 'repeat',
): PrefillProfileFit | { readonly problem: string } {
  const fit = fitPrefill(
    points.filter(({ is_repeat: isRepeat }) => isRepeat === (which === 'repeat')).map(pointOf),
  );
  return 'problem' in fit ? fit : fitJson(fit);
}

/** The rule by which requests take their deadlines from a profile's fit. */
export function deadlinesOfFit(
  { curve, shortest_tokens: shortestTokens, longest_tokens: longestTokens }: PrefillProfileFit,
  slack: TtftSlack,
): FirstTokenDeadlines {
  return {
    curve: {
      interceptNs: curve.intercept_ns,
      perTokenNs: curve.per_token_ns,
      perTokenSquaredNs: curve.per_token_squared_ns,
    },
    ...believedRange({ shortestTokens, longestTokens }),
    slack,
  };
}

function pointOf(point: PrefillProfilePoint): PrefillPoint {
  return {
    requestIndex: point.request_index,
    lengthTokens: point.length_tokens,
    promptTokens: point.prompt_tokens,
    ttftNs: durationNs(point.ttft_ns),
  };
}

const NAMES = {
  interceptNs: 'intercept_ns',
  perTokenNs: 'per_token_ns',
  perTokenSquaredNs: 'per_token_squared_ns',
} as const;

function fitJson(fit: PrefillFit): PrefillProfileFit {
  const { curve, intervals, spread, lackOfFit } = fit;
  return {
    method: FIT_METHOD,
    curve: {
      intercept_ns: curve.interceptNs,
      per_token_ns: curve.perTokenNs,
      per_token_squared_ns: curve.perTokenSquaredNs,
    },
    intervals_95:
      intervals === undefined
        ? null
        : {
            intercept_ns: [...intervals.interceptNs],
            per_token_ns: [...intervals.perTokenNs],
            per_token_squared_ns: [...intervals.perTokenSquaredNs],
          },
    held_at_zero: fit.heldAtZero.map((name) => NAMES[name]),
    shortest_tokens: fit.shortestTokens,
    longest_tokens: fit.longestTokens,
    points_count: fit.pointsCount,
    by_length: fit.byLength.map((each) => ({
      length_tokens: each.lengthTokens,
      prompt_tokens: each.promptTokens,
      count: each.count,
      median_ns: each.medianNs,
      spread_ns: each.spreadNs,
      predicted_ns: each.predictedNs,
      residual_ratio: each.residualRatio,
    })),
    spread: {
      p025_ratio: spread.p025Ratio,
      p50_ratio: spread.p50Ratio,
      p975_ratio: spread.p975Ratio,
      p99_ratio: spread.p99Ratio,
      max_ratio: spread.maxRatio,
    },
    outliers: fit.outliers.map((each) => ({
      request_index: each.requestIndex,
      prompt_tokens: each.promptTokens,
      ttft_ns: each.ttftNs,
      predicted_ns: each.predictedNs,
    })),
    lack_of_fit:
      lackOfFit === undefined
        ? null
        : {
            p_value: lackOfFit.pValue,
            worst_tokens: lackOfFit.worstTokens,
            worst_ratio: lackOfFit.worstRatio,
            is_beyond_chance: lackOfFit.isBeyondChance,
          },
  };
}
