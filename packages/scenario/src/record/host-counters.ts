import { HOST_METRICS, hostMetricByName, type HostMetric } from '@fluidscope/trace-schema';
import { keyedDraw } from '@fluidscope/serving-sim';
import { SegmentSum } from '../segment-sum.js';
import { textKey } from '../text-key.js';
import type { TimedFault } from '../timing-windows.js';
import { befalls, type VirtualRun } from '../virtual-run.js';

/** The engine's process on each simulated host. */
export const ENGINE_PID = 1_000;
const CORES_COUNT = 16;
const MEMORY_BYTES = 512 * 2 ** 30;
const BYTES_PER_TOKEN = 180;
const US_PER_NS = 1e-3;
const NS_PER_S = 1e9;
/** That the kernel hands out, from whichever node; an estimate. */
const PAGES_PER_S = 2_000;
/** Of the engine's process, and of the node that its GPUs are at. */
const SUB_IDS: Partial<Readonly<Record<HostMetric['scope'], number>>> = { process: ENGINE_PID, numa_node: 1 };

/** A metric of a simulated host, and its value now. */
export interface HostCounter {
  readonly metric: HostMetric;
  readonly subId: number;
  readonly read: (atNs: number) => number;
}

/** What one replica's host counts: its usual hum, the engine's process, and what faults add. */
export class HostCounters {
  readonly counters: readonly HostCounter[];
  private readonly pressureUs = new SegmentSum(2e-6);
  private readonly stealNs = new SegmentSum();
  private readonly waitNs = new SegmentSum(1e-5);
  private readonly memoryPressureUs = new SegmentSum();
  private readonly majorFaults = new SegmentSum();
  private readonly remotePages = new SegmentSum();
  private retransmitTimesNs: number[] = [];
  private retransmitsCount = 0;
  private readonly loadWindows: readonly (TimedFault & {
    readonly runnableCount: number;
    readonly lateRatio: number;
  })[];
  private readonly noiseKey: number;

  constructor(
    private readonly run: VirtualRun,
    private readonly replicaIndex: number,
  ) {
    this.noiseKey = textKey(`host/${replicaIndex}`);
    this.loadWindows = run.faults.flatMap(({ fault, windows }) => {
      const { effect } = fault;
      if (effect.kind !== 'host_cost' || !befalls(fault, replicaIndex)) return [];
      const lateRatio = Math.max(effect.pressureRatio, effect.stealRatio);
      return [{ fault, windows, runnableCount: effect.runnableCount, lateRatio }];
    });
    this.addHostCosts();
    this.addHostMemory();
    this.counters = HOST_METRICS.flatMap((metric) => this.counterOf(metric));
  }

  retransmitted(atNs: number): void {
    this.retransmitTimesNs.push(atNs);
  }

  private addHostCosts(): void {
    for (const { fault, windows } of this.loadWindows) {
      const { effect } = fault;
      if (effect.kind !== 'host_cost') continue;
      for (const { fromNs, toNs } of windows) {
        this.pressureUs.add(fromNs, toNs, effect.pressureRatio * US_PER_NS);
        this.waitNs.add(fromNs, toNs, effect.pressureRatio);
        this.stealNs.add(fromNs, toNs, effect.stealRatio * CORES_COUNT);
      }
    }
  }

  private addHostMemory(): void {
    for (const { fault, windows } of this.run.faults) {
      const { effect } = fault;
      if (effect.kind !== 'host_memory' || !befalls(fault, this.replicaIndex)) continue;
      for (const { fromNs, toNs } of windows) {
        this.memoryPressureUs.add(fromNs, toNs, effect.pressureRatio * US_PER_NS);
        this.majorFaults.add(fromNs, toNs, effect.faultsPerS / NS_PER_S);
        this.remotePages.add(fromNs, toNs, (effect.remoteRatio * PAGES_PER_S) / NS_PER_S);
      }
    }
  }

  private counterOf(metric: HostMetric): HostCounter[] {
    const read = this.reader(metric.name);
    if (read === undefined) return [];
    return [{ metric, subId: SUB_IDS[metric.scope] ?? 0, read }];
  }

  private reader(name: string): ((atNs: number) => number) | undefined {
    const replica = this.run.replicas[this.replicaIndex];
    if (replica === undefined) return undefined;
    const { engineCpuNs, counts } = replica;
    const hum = (coresRatio: number) => (atNs: number) => Math.floor(atNs * coresRatio);
    const engineNs = (atNs: number): number => engineCpuNs.valueAt(atNs);
    const readers: Readonly<Record<string, (atNs: number) => number>> = {
      cpu_busy_ns: (atNs) =>
        Math.floor((engineNs(atNs) + 0.4 * atNs + this.waitNs.valueAt(atNs)) / 1e7) * 1e7,
      cpu_user_ns: (atNs) => Math.floor((engineNs(atNs) + 0.3 * atNs) / 1e7) * 1e7,
      cpu_system_ns: hum(0.1),
      cpu_steal_ns: (atNs) => Math.floor(this.stealNs.valueAt(atNs) / 1e7) * 1e7,
      cpu_iowait_ns: hum(1e-4),
      runnable_tasks_count: (atNs) => this.runnableCount(atNs),
      blocked_tasks_count: () => 0,
      context_switches_count: (atNs) => Math.floor(atNs / 2e5) + counts.iterationsCount * 6,
      pressure_cpu_some_us: (atNs) => Math.floor(this.pressureUs.valueAt(atNs)),
      pressure_cpu_full_us: () => 0,
      pressure_memory_some_us: (atNs) => Math.floor(this.memoryPressureUs.valueAt(atNs)),
      pressure_memory_full_us: () => 0,
      pressure_io_some_us: hum(1e-7),
      pressure_io_full_us: () => 0,
      host_memory_available_bytes: () => MEMORY_BYTES * 0.7,
      major_faults_count: (atNs) => Math.floor(this.majorFaults.valueAt(atNs)),
      numa_hits_count: (atNs) => Math.floor((atNs * PAGES_PER_S) / NS_PER_S - this.remotePages.valueAt(atNs)),
      numa_other_node_count: (atNs) => Math.floor(this.remotePages.valueAt(atNs)),
      network_tx_bytes: () => counts.generationTokens * BYTES_PER_TOKEN,
      tcp_segments_sent_count: () => counts.generationTokens + this.retransmitsCount,
      tcp_retransmits_count: (atNs) => this.retransmits(atNs),
      tcp_timeouts_count: (atNs) => this.retransmits(atNs),
      tcp_to_zero_window_count: () => 0,
      tcp_from_zero_window_count: () => 0,
      process_cpu_user_ns: (atNs) => Math.floor(engineNs(atNs) / 1e7) * 1e7,
      process_cpu_system_ns: hum(0.02),
      process_major_faults_count: (atNs) => Math.floor(this.majorFaults.valueAt(atNs)),
      process_main_thread_run_queue_wait_ns: (atNs) => Math.floor(this.waitNs.valueAt(atNs)),
      host_sampler_lateness_ns: (atNs) => this.latenessNs(atNs, 60_000),
      agent_loop_lateness_ns: (atNs) => this.latenessNs(atNs, 400_000),
      gpu_sampler_lateness_ns: (atNs) => this.latenessNs(atNs, 50_000),
    };
    return hostMetricByName(name) === undefined ? undefined : readers[name];
  }

  private retransmits(atNs: number): number {
    const later = this.retransmitTimesNs.filter((each) => each > atNs);
    this.retransmitsCount += this.retransmitTimesNs.length - later.length;
    this.retransmitTimesNs = later;
    return this.retransmitsCount;
  }

  private runnableCount(atNs: number): number {
    const usual = 1 + Math.floor(this.draw(atNs, 1) * 3);
    return this.active(atNs).reduce((sum, { runnableCount }) => sum + runnableCount, usual);
  }

  /** A host whose CPUs are taken wakes its own sampler late, too. */
  private latenessNs(atNs: number, usualNs: number): number {
    const lateRatio = this.active(atNs).reduce((most, each) => Math.max(most, each.lateRatio), 0);
    const tail = -Math.log(1 - this.draw(atNs, 2));
    return Math.round(usualNs * (0.7 + 0.3 * tail) + lateRatio * 8e6 * tail);
  }

  private active(atNs: number): readonly { readonly runnableCount: number; readonly lateRatio: number }[] {
    if (this.loadWindows.length === 0) return [];
    return this.loadWindows.filter(({ windows }) =>
      windows.some(({ fromNs, toNs }) => fromNs <= atNs && atNs < toNs),
    );
  }

  private draw(atNs: number, purpose: number): number {
    return keyedDraw(this.run.seed, this.noiseKey + purpose, Math.round(atNs / 1e6));
  }
}
