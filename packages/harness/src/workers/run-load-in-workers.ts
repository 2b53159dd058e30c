import { UsageError } from '@fluidscope/errors';
import type { LoadPlan } from '@fluidscope/workload';
import { createNodeTimers } from '../node-timers.js';
import type { StartedRunClock } from '../run-clock.js';
import type { RunControl } from '../run-load-options.js';
import type { RunResult } from '../run-result.js';
import { RunStop } from '../run-stop.js';
import { superviseRun } from '../supervise-run.js';
import { requireValidSettings } from '../valid-settings.js';
import type { LoadOrder } from './load-order.js';
import { startNodeThread, type StartLoadThread } from './load-thread.js';
import { WorkersLoad } from './workers-load.js';

export interface RunLoadInWorkersOptions extends RunControl {
  readonly order: LoadOrder;
  /** The whole plan, as made from the order's workload and data set. */
  readonly plan: LoadPlan;
  readonly workersCount: number;
  readonly clock: StartedRunClock;
  /** Default: a thread of Node's. */
  readonly startThread?: StartLoadThread;
}

/**
 * Drives a load from several threads and records it: each makes the same plan from the order and drives its share, on one
 * clock, so that the requests are the same whatever the number of workers. Ends and fails as `runLoad` does; a worker
 * that crashes fails the run, and what it had in flight is recorded as errors.
 */
export function runLoadInWorkers(options: RunLoadInWorkersOptions): Promise<RunResult> {
  const { order, plan, workersCount, writer, clock, startThread = startNodeThread } = options;
  const { settings } = order;
  const timers = createNodeTimers(clock);
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
      requireShares(options);
      const hasWarmup = startsWithWarmup(plan);
      return new WorkersLoad({
        order,
        workersCount,
        hasWarmup,
        writer,
        clock,
        timers,
        stop,
        onStage,
        startThread,
      });
    },
  });
}

/** Every worker must have a slot of what is dealt out, or it would wait for ever. */
function requireShares({ workersCount, plan, order }: RunLoadInWorkersOptions): void {
  const problems: string[] = [];
  if (!Number.isSafeInteger(workersCount) || workersCount < 1) {
    problems.push(`Expected a whole number from 1 for workersCount but received ${workersCount}`);
  }
  const slots = [
    ['a concurrency', plan.concurrencyCount],
    ['a cap', order.settings.maxInFlightCount],
  ] as const;
  for (const [name, slotsCount] of slots) {
    if (slotsCount !== undefined && slotsCount < workersCount) {
      problems.push(
        `Expected at most ${slotsCount} for workersCount, under ${name} of ${slotsCount}, but received ${workersCount}`,
      );
    }
  }
  if (problems.length > 0) throw new UsageError(problems, { code: 'harness.workers' });
}

function startsWithWarmup(plan: LoadPlan): boolean {
  for (const { phase } of plan.requests()) return phase === 'warmup';
  return false;
}
