import { LocalLoad } from './local-load.js';
import { measuredZeroOffsetNs } from './measured-zero.js';
import { createNodeTimers } from './node-timers.js';
import type { RunLoadOptions } from './run-load-options.js';
import type { RunResult } from './run-result.js';
import { RunStop } from './run-stop.js';
import { superviseRun } from './supervise-run.js';
import { requireValidSettings } from './valid-settings.js';

/**
 * Drives a plan against an endpoint from this thread and records it.
 *
 * Warm-up requests are sent first and awaited; then the measured schedule begins at a zero of its own. Sending ends with
 * the plan, the duration or a signal; then requests in flight may finish. Never rejects: how the run ended, and why it
 * failed if it did, stands in the result, and the trace is closed with it.
 */
export function runLoad(options: RunLoadOptions): Promise<RunResult> {
  const { plan, settings, clock, timers = createNodeTimers(clock) } = options;
  const stop = new RunStop({ clock, timers, drainLimitNs: settings.drainLimitNs });
  return superviseRun({
    control: options,
    clock,
    timers,
    stop,
    progress: {
      plannedCount: plan.requestCount,
      durationNs: settings.durationNs,
      isOpenLoop: plan.concurrencyCount === undefined,
    },
    createLoad: (onStage) => {
      requireValidSettings(settings);
      return new LocalLoad({
        ...options,
        measuredZeroNs: measuredZeroOffsetNs(plan),
        timers,
        sink: options.writer,
        stop,
        onStage,
      });
    },
  });
}
