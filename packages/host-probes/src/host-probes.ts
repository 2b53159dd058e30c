import { UsageError } from '@fluidscope/errors';
import { HOST_METRICS, HOST_TIERS, type HostMetric } from '@fluidscope/trace-schema';
import { NS_PER_MS, NS_PER_S } from '@fluidscope/units';
import { metricIdOf } from './emit-value.js';
import { readPageBytes } from './page-size.js';
import { ProbeSet, type MeasuredHostMetric } from './probe-set.js';
import { cgroupProbes, hostProbes } from './probe.js';
import { TierSchedule, type HostRates } from './tier-schedule.js';
import { WatchedProcesses, type ProcessChange } from './watched-processes.js';

/** Each a part of the one before, so that all tiers are read at the first one's wake-ups: a wake-up costs more than most files. */
export const HOST_RATES: HostRates = { pulse: 40, counters: 20, gauges: 10 };

export interface HostProbesOptions {
  /** Whole records of SAMPLE_RECORD_BYTES, at most once a reading round; the buffer is used again after the call. */
  onRecords(records: Buffer): void;
  /** A watched process appeared or ended. `monoNs`: CLOCK_MONOTONIC at which that was seen. */
  onEvent(event: ProcessChange & { readonly monoNs: bigint }): void;
  /** Readings a second, 1 to 50 each. */
  readonly rates?: Partial<HostRates>;
  /** Asked once a second for the processes to watch; dead and foreign numbers do no harm. Default: none. */
  pids?(): readonly number[];
  /** Where `proc` and `sys` are; `/host` in a container that has the host's mounted there. */
  readonly root?: string;
  /** CLOCK_MONOTONIC, ns. */
  readonly nowNs?: () => bigint;
}

export interface AbsentHostMetric {
  readonly metric: string;
  readonly reason: string;
}

export interface HostProbesDescription {
  readonly rates: HostRates;
  readonly absent: readonly AbsentHostMetric[];
  readonly metrics: readonly MeasuredHostMetric[];
  /** What a `subId` names, by kind of number. */
  readonly labels: {
    readonly interface: Readonly<Record<number, string>>;
    readonly process: Readonly<Record<number, string>>;
  };
  /** Slots of the schedule that passed unread because this thread was busy. */
  readonly missedSlotsCount: number;
  /** Processes that were named beyond those that are watched. */
  readonly processesLeftOutCount: number;
}

export interface HostProbes extends Disposable {
  describe(): HostProbesDescription;
  /** Idempotent. */
  close(): void;
}

const MAX_HZ = 50;
const MAX_INTERFACES = 256;
const PROCESS_CHECK_NS = BigInt(NS_PER_S);
const LATENESS_INDEX = metricIdOf('host_sampler_lateness_ns');

/**
 * Samples the host until closed: a first round at once, then on an absolute schedule. Files that are not there (no pressure accounting,
 * no NUMA, another system than Linux) are absent metrics with a reason, never an error.
 *
 * The schedule is Node's timers: this thread's own business delays it, which `host_sampler_lateness_ns` shows (up to about 1.1 ms
 * when idle, for the timers count in milliseconds).
 *
 * @throws UsageError for rates out of range
 */
export function startHostProbes(options: HostProbesOptions): HostProbes {
  const rates = { ...HOST_RATES, ...options.rates };
  const problems = HOST_TIERS.filter((tier) => !(rates[tier] >= 1 && rates[tier] <= MAX_HZ)).map(
    (tier) => `Expected 1 to ${MAX_HZ} for rates.${tier} but received ${rates[tier]}`,
  );
  if (problems.length > 0) throw new UsageError(problems);
  return new RunningProbes(options, rates);
}

class RunningProbes implements HostProbes {
  readonly #options: HostProbesOptions;
  readonly #rates: HostRates;
  readonly #nowNs: () => bigint;
  readonly #schedule: TierSchedule;
  readonly #probes: ProbeSet;
  readonly #processes: WatchedProcesses;
  readonly #interfaces = new Map<string, number>();
  #nextProcessCheckNs: bigint;
  #missedSlotsCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: HostProbesOptions, rates: HostRates) {
    const root = options.root ?? '/';
    this.#options = options;
    this.#rates = rates;
    const { nowNs = () => process.hrtime.bigint() } = options;
    this.#nowNs = nowNs;
    this.#probes = new ProbeSet(root, this.#nowNs, (records) => options.onRecords(records));
    this.#probes.add(hostProbes(root, (name) => this.#interfaceSubId(name)));
    this.#probes.add(cgroupProbes(root, 'self', 0));
    this.#processes = new WatchedProcesses(root, this.#probes, readPageBytes());
    this.#nextProcessCheckNs = this.#nowNs();
    this.#schedule = new TierSchedule(this.#nextProcessCheckNs, rates);
    this.#round();
  }

  describe(): HostProbesDescription {
    const metrics = this.#probes.measured();
    const present = new Set(metrics.map(({ metric }) => metric));
    return {
      rates: this.#rates,
      metrics,
      absent: HOST_METRICS.filter(({ name }) => !present.has(name)).map((metric) => ({
        metric: metric.name,
        reason: this.#whyAbsent(metric),
      })),
      labels: {
        interface: Object.fromEntries([...this.#interfaces].map(([name, subId]) => [subId, name])),
        process: Object.fromEntries(this.#processes.names),
      },
      missedSlotsCount: this.#missedSlotsCount,
      processesLeftOutCount: this.#processes.leftOutCount,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#probes[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #round(): void {
    const nowNs = this.#nowNs();
    if (nowNs >= this.#nextProcessCheckNs) this.#checkProcesses(nowNs);
    for (const { tier, latenessNs, missedCount } of this.#schedule.takeDue(nowNs)) {
      this.#missedSlotsCount += missedCount;
      if (tier === 'pulse') {
        this.#probes.addValue(LATENESS_INDEX, Number(latenessNs));
      }
      this.#probes.read(tier);
    }
    this.#probes.flush();
    if (!this.#isClosed) this.#sleep();
  }

  #sleep(): void {
    const waitNs = Number(this.#schedule.nextDueNs - this.#nowNs());
    this.#timer = setTimeout(() => this.#round(), Math.max(0, Math.ceil(waitNs / NS_PER_MS)));
  }

  #checkProcesses(nowNs: bigint): void {
    this.#nextProcessCheckNs = nowNs + PROCESS_CHECK_NS;
    for (const change of this.#processes.update(this.#options.pids?.() ?? [])) {
      this.#options.onEvent({ ...change, monoNs: nowNs });
    }
  }

  #interfaceSubId(name: string): number | undefined {
    const known = this.#interfaces.get(name);
    if (known !== undefined || this.#interfaces.size >= MAX_INTERFACES) return known;
    this.#interfaces.set(name, this.#interfaces.size + 1);
    return this.#interfaces.size;
  }

  #whyAbsent({ name, scope }: HostMetric): string {
    if (scope === 'process' && this.#processes.names.size === 0)
      return 'no living process was named to watch';
    const start = SOURCE_OF.find(([prefix]) => name.startsWith(prefix))?.[1];
    const problem = [...this.#probes.problems].find(
      ([path]) => start !== undefined && path.startsWith(start),
    );
    if (problem !== undefined) return problem[1];
    return ABSENT_REASONS[scope] ?? `the kernel does not count it in /${start ?? 'proc'}`;
  }
}

/** Where each metric comes from, by the start of its name; the first that fits. */
const SOURCE_OF: readonly (readonly [prefix: string, path: string])[] = [
  ['cpu_clock', 'sys/devices/system/cpu'],
  ['pressure_cpu', 'proc/pressure/cpu'],
  ['pressure_memory', 'proc/pressure/memory'],
  ['pressure_io', 'proc/pressure/io'],
  ['load_', 'proc/loadavg'],
  ['host_memory', 'proc/meminfo'],
  ['swap_free', 'proc/meminfo'],
  ['major_faults', 'proc/vmstat'],
  ['swapped_', 'proc/vmstat'],
  ['scanned_', 'proc/vmstat'],
  ['numa_', 'sys/devices/system/node'],
  ['network_', 'proc/net/dev'],
  ['tcp_segments', 'proc/net/snmp'],
  ['tcp_retransmits', 'proc/net/snmp'],
  ['tcp_', 'proc/net/netstat'],
  ['cgroup_', 'sys/fs/cgroup'],
  ['process_', 'proc/'],
  ['', 'proc/stat'],
];

const ABSENT_REASONS: Partial<Record<HostMetric['scope'], string>> = {
  cgroup: 'the control group has no such counter: no limit is set, or its controller is not mounted',
  numa_node: 'the kernel shows no NUMA nodes',
};
