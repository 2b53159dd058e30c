import { keyedDraw } from '@fluidscope/serving-sim';
import type { HostSample, TraceWriter } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import { windowAt } from '../timing-windows.js';
import { TICK_NS, type VirtualRun } from '../virtual-run.js';

const WINDOW_TICKS = 10;
const MEMORY_TICKS = 100;
/** A timer due every 10 ms comes up to about 1 ms late on an idle loop. */
const USUAL_DELAY_NS = 900_000;

/** The load generator's own condition, as its loop monitor records it: lateness over 100 ms, use of the machine. */
export class ClientMonitor {
  private delaysNs: number[] = [];
  private blockedToNs = 0;

  constructor(
    private readonly run: VirtualRun,
    private readonly writer: TraceWriter,
  ) {}

  tick(atNs: number): void {
    const tickIndex = Math.round(atNs / TICK_NS);
    const usualNs = USUAL_DELAY_NS * keyedDraw(this.run.seed, 7_101, tickIndex);
    const freeNs = Math.max(this.blockedToNs, this.run.client.freeNs(atNs));
    // A timer that a block held up fires once, when it is over.
    if (freeNs > this.blockedToNs || windowAt(this.run.client.blocked, atNs) === undefined)
      this.delaysNs.push(Math.round(freeNs - Math.min(atNs, freeNs) + usualNs));
    this.blockedToNs = freeNs > atNs ? freeNs : 0;
    if (tickIndex % WINDOW_TICKS === WINDOW_TICKS - 1) this.closeWindow(atNs, tickIndex);
  }

  private closeWindow(atNs: number, tickIndex: number): void {
    const timeNs = runNs(Math.round(Math.max(atNs, this.blockedToNs)) + 1_000_000);
    const samples: HostSample[] = [];
    const sample = (metric: string, value: number): void => {
      samples.push({ agentId: 'client', metric, timeNs, value });
    };
    const busy = 0.08 + 0.04 * keyedDraw(this.run.seed, 7_102, tickIndex);
    const worst = this.delaysNs.length === 0 ? 0 : Math.max(...this.delaysNs);
    const blockedRatio = Math.min(1, worst / (WINDOW_TICKS * TICK_NS));
    sample('event_loop_delay_max_ns', worst);
    sample('event_loop_delay_mean_ns', Math.round(mean(this.delaysNs)));
    sample('event_loop_utilization_ratio', Math.min(1, busy + (worst > 5_000_000 ? blockedRatio : 0)));
    sample('cpu_user_ratio', busy + (worst > 5_000_000 ? blockedRatio : 0));
    sample('cpu_system_ratio', busy / 3);
    if (tickIndex % MEMORY_TICKS === MEMORY_TICKS - 1) {
      sample('heap_used_bytes', 60 * 2 ** 20);
      sample('rss_bytes', 180 * 2 ** 20);
    }
    this.writer.appendHostSamples(samples);
    this.delaysNs = [];
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, each) => sum + each, 0) / values.length;
}
