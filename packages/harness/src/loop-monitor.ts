import { NS_PER_MS, addNs, durationNs, type RunClock, type RunNs } from '@fluidscope/units';
import type { RecordBatcher } from './record-batcher.js';
import { callEvery, type Cancellation, type Timers } from './timers.js';

/** Port: what the process has used up to now. Node's own figures; tests pass their own. */
export interface ProcessUsage {
  /** CPU time of the whole process, all threads. */
  cpuNs(): { readonly userNs: number; readonly systemNs: number };
  /** Time that this thread's event loop spent working rather than waiting. */
  loopActiveNs(): number;
  rssBytes(): number;
  heapUsedBytes(): number;
}

export interface LoopMonitorOptions {
  /** `client`, or `client/2` for a worker's thread. */
  readonly agentId: string;
  /** Leave out what belongs to the whole process; a worker's monitor does. */
  readonly threadOnly: boolean;
  readonly clock: RunClock;
  readonly timers: Timers;
  readonly usage: ProcessUsage;
  readonly records: RecordBatcher;
}

const PROBE_PERIOD_NS = durationNs(10 * NS_PER_MS);
const WINDOW_NS = durationNs(100 * NS_PER_MS);
/** Reading memory costs tens of microseconds and changes slowly. */
const MEMORY_EVERY_WINDOWS_COUNT = 10;

/**
 * Records the load generator's own condition: how late its event loop ran, how busy it was, and the process's CPU and
 * memory. A figure that looks like a server's stall and coincides with one of these is the client's.
 *
 * Lateness is that of a timer due every 10 ms; up to about 1 ms of it is the timer's own granularity. A window holds ten
 * probes, too few for a percentile: its largest and its mean are kept.
 */
export function startLoopMonitor(options: LoopMonitorOptions): Cancellation {
  const monitor = new LoopMonitor(options);
  const { clock, timers } = options;
  const startNs = clock.nowNs();
  return callEvery(timers, { startNs, periodNs: PROBE_PERIOD_NS, nowNs: () => clock.nowNs() }, (dueNs) => {
    monitor.probe(dueNs, clock.nowNs());
  });
}

class LoopMonitor {
  readonly #options: LoopMonitorOptions;
  #windowStartNs: RunNs;
  #windowCount = 0;
  #probesCount = 0;
  #delaySumNs = 0;
  #delayMaxNs = 0;
  #cpuBefore: ReturnType<ProcessUsage['cpuNs']>;
  #activeBeforeNs: number;

  constructor(options: LoopMonitorOptions) {
    this.#options = options;
    this.#windowStartNs = options.clock.nowNs();
    this.#cpuBefore = options.usage.cpuNs();
    this.#activeBeforeNs = options.usage.loopActiveNs();
  }

  probe(dueNs: RunNs, nowNs: RunNs): void {
    const delayNs = nowNs - dueNs;
    this.#probesCount += 1;
    this.#delaySumNs += delayNs;
    this.#delayMaxNs = Math.max(this.#delayMaxNs, delayNs);
    if (nowNs >= addNs(this.#windowStartNs, WINDOW_NS)) this.#closeWindow(nowNs);
  }

  #closeWindow(nowNs: RunNs): void {
    const sample = (metric: string, value: number): void => {
      this.#options.records.addHostSample({ agentId: this.#options.agentId, metric, timeNs: nowNs, value });
    };
    sample('event_loop_delay_max_ns', this.#delayMaxNs);
    sample('event_loop_delay_mean_ns', Math.round(this.#delaySumNs / this.#probesCount));
    this.#sampleUsage(nowNs - this.#windowStartNs, sample);
    if (this.#windowCount % MEMORY_EVERY_WINDOWS_COUNT === 0) this.#sampleMemory(sample);
    this.#windowCount += 1;
    this.#windowStartNs = nowNs;
    this.#probesCount = 0;
    this.#delaySumNs = 0;
    this.#delayMaxNs = 0;
  }

  #sampleUsage(windowNs: number, sample: (metric: string, value: number) => void): void {
    const { usage, threadOnly } = this.#options;
    const activeNs = usage.loopActiveNs();
    sample('event_loop_utilization_ratio', (activeNs - this.#activeBeforeNs) / windowNs);
    this.#activeBeforeNs = activeNs;
    if (threadOnly) return;
    const cpu = usage.cpuNs();
    sample('cpu_user_ratio', (cpu.userNs - this.#cpuBefore.userNs) / windowNs);
    sample('cpu_system_ratio', (cpu.systemNs - this.#cpuBefore.systemNs) / windowNs);
    this.#cpuBefore = cpu;
  }

  #sampleMemory(sample: (metric: string, value: number) => void): void {
    const { usage, threadOnly } = this.#options;
    sample('heap_used_bytes', usage.heapUsedBytes());
    if (!threadOnly) sample('rss_bytes', usage.rssBytes());
  }
}
