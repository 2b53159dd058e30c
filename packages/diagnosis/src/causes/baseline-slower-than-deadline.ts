import type { Deadlines } from '@fluidscope/metrics';
import { formatDuration, durationNs } from '@fluidscope/units';
import type { ExpectedGap } from '../expected-gaps.js';
import type { Verdict } from './verdict.js';

/**
 * Mechanism: the engine's usual gap is longer than the deadline, so that deadlines are missed without any stall.
 * Reads: the median gap of all streams.
 * Ruled out by: a median below the deadline.
 * Tell the user: tensor parallelism, quantization, fewer sequences at once, or a deadline that this engine can hold.
 */
export function judgeBaseline(overall: ExpectedGap, { tbtDeadlineNs }: Deadlines): Verdict {
  const [medianText, deadlineText] = [overall.medianNs, tbtDeadlineNs].map((ns) =>
    formatDuration(durationNs(Math.round(ns))),
  );
  if (overall.medianNs <= tbtDeadlineNs) {
    const evidence = `no gap stood out, though the usual one (${medianText}) is within the deadline of ${deadlineText}`;
    return { cause: 'unknown', confidence: undefined, tier: undefined, masked: false, evidence };
  }
  const evidence = `the usual gap is ${medianText}, the deadline ${deadlineText}`;
  return { cause: 'baseline_slower_than_deadline', confidence: 0.97, tier: 'A', masked: false, evidence };
}
