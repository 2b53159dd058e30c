import type { Deadlines } from '@fluidscope/metrics';
import { durationNs, formatDuration } from '@fluidscope/units';
import type { ExpectedGap } from '../expected-gaps.js';
import type { CauseRule } from './cause-rule.js';

/**
 * Mechanism: the engine's usual gap is longer than the deadline, so that deadlines are missed without any stall.
 * Reads: the median gap of all streams.
 * Ruled out by: a median below the deadline.
 *
 * It claims no episode: `judgeBaseline` speaks for the misses outside of them.
 */
export const BASELINE_SLOWER_THAN_DEADLINE: CauseRule = {
  cause: 'baseline_slower_than_deadline',
  order: 'arithmetic',
  highestConfidence: 0.97,
  reads: {},
  advice:
    'No stall to mend: tensor parallelism, quantization, fewer sequences at once, or a deadline that this engine can hold.',
  judge: () => [],
};

export interface BaselineJudgement {
  readonly isSlower: boolean;
  readonly evidence: string;
}

/** Whether misses of streams without a stall come from an engine that is slower than asked. */
export function judgeBaseline(usual: ExpectedGap, { tbtDeadlineNs }: Deadlines): BaselineJudgement {
  const [usualText, deadlineText] = [usual.medianNs, tbtDeadlineNs].map((ns) =>
    formatDuration(durationNs(Math.round(ns))),
  );
  return usual.medianNs > tbtDeadlineNs
    ? { isSlower: true, evidence: `the usual gap is ${usualText}, the deadline ${deadlineText}` }
    : {
        isSlower: false,
        evidence: `no gap stood out, though the usual one (${usualText}) is within the deadline of ${deadlineText}`,
      };
}
