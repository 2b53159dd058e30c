import { durationNs, formatDuration } from '@fluidscope/units';
import type { CauseRule } from './cause-rule.js';

/**
 * Mechanism: the engine's usual gap is longer than the deadline, so that deadlines are missed without any stall.
 * Reads: the median gap of all streams.
 * Ruled out by: a median below the deadline.
 */
export const BASELINE_SLOWER_THAN_DEADLINE: CauseRule = {
  cause: 'baseline_slower_than_deadline',
  order: 'arithmetic',
  highestConfidence: 0.97,
  reads: {},
  advice:
    'No stall to mend: tensor parallelism, quantization, fewer sequences at once, or a deadline that this engine can hold.',
  judge: () => [],
  judgeThroughout({ usualGap, deadlines: { tbtDeadlineNs } }) {
    if (usualGap.medianNs <= tbtDeadlineNs) return [];
    const [usualText, deadlineText] = [usualGap.medianNs, tbtDeadlineNs].map((ns) =>
      formatDuration(durationNs(Math.round(ns))),
    );
    const value = usualGap.medianNs / tbtDeadlineNs;
    return [
      {
        cause: 'baseline_slower_than_deadline',
        sourceId: undefined,
        tier: 'A',
        explainedRatio: 1,
        observations: [{ name: 'usual_gap_over_deadline', value, logLikelihoodRatio: 4 }],
        coverageRatio: 1,
        evidence: `the usual gap is ${usualText}, the deadline ${deadlineText}`,
      },
    ];
  },
};
