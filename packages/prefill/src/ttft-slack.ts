import { formatDuration, parseDuration, type DurationNs } from '@fluidscope/units';

/** What a first token may take beyond its prefill: `slackNs + slackRatio × prediction`. */
export interface TtftSlack {
  readonly slackNs: DurationNs;
  readonly slackRatio: number;
}

/**
 * Prediction + 25 % + 200 ms. The prediction is of an engine that serves nobody else. What a shared one adds has a part that does not
 * grow with the prompt (the step that is running, the queue, the network: 200 ms is what a reader does not yet take for waiting)
 * and one that does (a long prompt's chunks share their steps with other requests' tokens).
 */
export const DEFAULT_TTFT_SLACK_TEXT = '200ms+25%';

/** Reads `200ms`, `50%`, or both with a plus between. Never throws. */
export function parseTtftSlack(text: string): TtftSlack | { readonly problem: string } {
  let [slackNs, slackRatio] = [0, 0];
  for (const part of text.split('+')) {
    const percent = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(part)?.[1];
    if (percent !== undefined) {
      slackRatio += Number(percent) / 100;
      continue;
    }
    const duration = parseDuration(part);
    if (typeof duration === 'object')
      return { problem: `expected a time, a percentage or both, such as 200ms+25%, but received "${text}"` };
    slackNs += duration;
  }
  return { slackNs: slackNs as DurationNs, slackRatio };
}

export function formatTtftSlack({ slackNs, slackRatio }: TtftSlack): string {
  const parts = [
    ...(slackRatio > 0 ? [`${Number((100 * slackRatio).toFixed(2))} %`] : []),
    ...(slackNs > 0 ? [formatDuration(slackNs)] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(' + ');
}
