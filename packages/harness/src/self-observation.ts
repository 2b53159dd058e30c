import { NS_PER_MS, type RunClock } from '@fluidscope/units';
import { startGcMonitor } from './gc-monitor.js';
import { startLoopMonitor } from './loop-monitor.js';
import { NODE_PROCESS_USAGE } from './process-usage.js';
import type { RecordBatcher } from './record-batcher.js';
import { callEvery, type Cancellation, type Timers } from './timers.js';

export interface SelfObservation {
  /** `client` for the thread that writes the trace, `client/2` for a worker. */
  readonly agentId: string;
  readonly threadOnly: boolean;
  readonly clock: RunClock;
  readonly timers: Timers;
  readonly records: RecordBatcher;
}

/** Rows must reach the disk within a second; the trace's own batching needs part of it. */
const FLUSH_PERIOD_NS = 200 * NS_PER_MS;

/** Records this thread's event-loop delay, garbage collections and use of the machine, and flushes the records. */
export function startSelfObservation(self: SelfObservation): Cancellation {
  const { agentId, threadOnly, clock, timers, records } = self;
  const schedule = { startNs: clock.nowNs(), periodNs: FLUSH_PERIOD_NS, nowNs: () => clock.nowNs() };
  const parts = [
    callEvery(timers, schedule, () => records.flush()),
    startLoopMonitor({ agentId, threadOnly, clock, timers, usage: NODE_PROCESS_USAGE, records }),
    startGcMonitor({ source: agentId, clock, records }),
  ];
  return {
    cancel: () => {
      for (const part of parts) part.cancel();
      records.flush();
    },
  };
}
