import type { DurationNs } from '@fluidscope/units';
import type { LoadPlan } from '@fluidscope/workload';

/**
 * Zero of the measured schedule within the times of a whole plan (not of a share, whose first request is another).
 *
 * Warm-up takes as long as the server needs, and the measured schedule begins when it is over: behind a warm-up the first
 * measured request is due at once, and the others keep their distances from it. Without one, zero is the plan's own.
 */
export function measuredZeroOffsetNs(plan: LoadPlan): DurationNs {
  let isFirst = true;
  for (const { phase, intendedOffsetNs } of plan.requests()) {
    if (phase === 'measured') return (isFirst ? 0 : (intendedOffsetNs ?? 0)) as DurationNs;
    isFirst = false;
  }
  return 0 as DurationNs;
}
