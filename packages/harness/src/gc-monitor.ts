import { constants, performance, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { NS_PER_MS, runNs, type RunClock } from '@fluidscope/units';
import type { RecordBatcher } from './record-batcher.js';
import type { Cancellation } from './timers.js';

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak_callbacks',
};

/**
 * Records each garbage collection of this thread as an event at its start, `{kind, duration_ns}`: while one runs, no
 * stamp is taken. Node reports them some turns later, with the time at which they began.
 */
export function startGcMonitor(options: {
  readonly source: string;
  readonly clock: RunClock;
  readonly records: RecordBatcher;
}): Cancellation {
  const { source, clock, records } = options;
  // Both clocks read CLOCK_MONOTONIC; only their zeros differ.
  const performanceZeroNs = clock.nowNs() - performance.now() * NS_PER_MS;
  const record = (entry: PerformanceEntry): void => {
    records.addEvent({
      source,
      kind: 'gc',
      timeNs: runNs(Math.round(performanceZeroNs + entry.startTime * NS_PER_MS)),
      detail: { kind: gcKind(entry), duration_ns: Math.round(entry.duration * NS_PER_MS) },
    });
  };
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(record));
  observer.observe({ entryTypes: ['gc'] });
  return {
    cancel: () => {
      observer.takeRecords().forEach(record);
      observer.disconnect();
    },
  };
}

function gcKind(entry: object): string {
  const detail = 'detail' in entry ? entry.detail : undefined;
  const kind = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined;
  return (typeof kind === 'number' ? GC_KINDS[kind] : undefined) ?? 'unknown';
}
