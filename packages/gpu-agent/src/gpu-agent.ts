import { HOST_GPU_INDEX, GPU_METRICS, hostMetricByName } from '@fluidscope/trace-schema';
import { messageOf } from '@fluidscope/errors';
import { openSampler, type SamplerOptions } from '@fluidscope/nvml-sampler';
import {
  type AgentDescription,
  type AgentEvent,
  type AgentLoss,
  type TelemetryListener,
  type TelemetrySource,
} from '@fluidscope/telemetry-link';
import { HOST_RATES } from '@fluidscope/host-probes';
import { NS_PER_S } from '@fluidscope/units';
import { FanOut } from './fan-out.js';
import type { SamplingCounters } from './gpu-source.js';
import { GpuSupply, type GpuSupplyPorts } from './gpu-supply.js';
import { readHostIdentity, type HostIdentity } from './host-identity.js';
import { openHostProbes } from './host-probes-source.js';
import type { HostSource, OpenHostSource } from './host-source.js';
import { LatestValues } from './latest-values.js';
import { watchLoopLateness } from './loop-lateness.js';
import { NvidiaSmiSource, type NvidiaSmiOptions } from './nvidia-smi-source.js';
import { RecordJoiner } from './record-joiner.js';
import { SampleRecordWriter } from './sample-record-writer.js';

export interface GpuAgentOptions {
  readonly sampler?: SamplerOptions;
  /** Rate of the host's metrics, 1 to 50; slower ones keep their own. 40 when absent. */
  readonly hostHz?: number;
  /** Processes to watch besides those that the GPUs report. */
  readonly pids?: readonly number[];
  /** What to run where NVML cannot be loaded; nothing when absent. */
  readonly nvidiaSmi?: NvidiaSmiOptions | undefined;
  /** Versions to give in the description, beside Node's and the kernel's. */
  readonly versions?: Readonly<Record<string, string>>;
}

export interface GpuAgentPorts extends GpuSupplyPorts {
  readonly identity: HostIdentity;
  /** Absent: the host is not sampled. */
  readonly openHostSource: OpenHostSource | undefined;
  /** The ids under which the agent's own lateness stands among the host's metrics; absent: it is only counted. */
  readonly latenessMetricIds: LatenessMetricIds | undefined;
}

export interface LatenessMetricIds {
  readonly loop: number;
  readonly sampler: number;
}

/** One machine's GPU and host samples as one source, with the newest value of each beside it. Disposing stops all threads and children. */
export interface GpuAgent extends TelemetrySource, Disposable {
  readonly agentId: string;
  /** CLOCK_MONOTONIC when the agent started: relative times count from here. */
  readonly originMonoNs: bigint;
  readonly latest: LatestValues;
  counters(): GpuAgentCounters;
}

export interface GpuAgentCounters extends SamplingCounters {
  readonly listenersCount: number;
  /** The largest lateness in the last second of the event loop, and since the flush before of the sampling thread. */
  readonly loopLatenessNs: number;
  readonly samplerLatenessNs: number;
}

const PROCESS_METRIC_IDS: ReadonlySet<number> = new Set(
  GPU_METRICS.filter(({ scope }) => scope === 'process').map(({ id }) => id),
);
/** Three rounds of the slowest list of processes. */
const PROCESS_GONE_NS = 30 * NS_PER_S;
const DEFAULT_HOST_HZ = HOST_RATES.pulse;

/** Ports of the machine itself. */
export function realPorts({ nvidiaSmi }: GpuAgentOptions = {}): GpuAgentPorts {
  const monoNowNs = () => process.hrtime.bigint();
  return {
    openSampler,
    monoNowNs,
    identity: readHostIdentity(),
    openHostSource: openHostProbes,
    latenessMetricIds: latenessMetricIds(),
    openFallback:
      nvidiaSmi === undefined ? undefined : (listener) => new NvidiaSmiSource(listener, nvidiaSmi, monoNowNs),
  };
}

function latenessMetricIds(): LatenessMetricIds | undefined {
  const loop = hostMetricByName('agent_loop_lateness_ns')?.id;
  const sampler = hostMetricByName('gpu_sampler_lateness_ns')?.id;
  return loop === undefined || sampler === undefined ? undefined : { loop, sampler };
}

/**
 * Starts sampling at once and never throws for what the machine lacks: no library, driver, GPU or permission is a state in `describe()`
 * and an event, and the rest goes on.
 *
 * @throws UsageError for options out of range
 */
export function startGpuAgent(
  options: GpuAgentOptions = {},
  ports: GpuAgentPorts = realPorts(options),
): GpuAgent {
  return new RunningGpuAgent(options, ports);
}

class RunningGpuAgent implements GpuAgent {
  readonly agentId: string;
  readonly originMonoNs: bigint;
  readonly latest: LatestValues;
  readonly #fanOut: FanOut;
  readonly #gpus: GpuSupply;
  readonly #host: HostSource | undefined;
  readonly #hostProblem: string | undefined;
  readonly #lateness: Disposable;
  readonly #writer = new SampleRecordWriter();
  readonly #joiner = new RecordJoiner((records) => this.#recorded(records));
  readonly #options: GpuAgentOptions;
  readonly #ports: GpuAgentPorts;
  #loopLatenessNs = 0;
  #samplerLatenessNs = 0;
  /** The largest of the second: the sampler says it every flush, the host's metric stands once a second. */
  #samplerLatenessOfSecondNs = 0;

  constructor(options: GpuAgentOptions, ports: GpuAgentPorts) {
    this.#options = options;
    this.#ports = ports;
    this.agentId = ports.identity.agentId;
    this.originMonoNs = ports.monoNowNs();
    this.latest = new LatestValues(this.originMonoNs);
    this.#fanOut = new FanOut((thrown) => this.#event('listener_failed', { reason: messageOf(thrown) }));
    const told = {
      onEvent: (event: AgentEvent) => this.#fanOut.onEvent(event),
      onLoss: (loss: AgentLoss) => this.#fanOut.onLoss(loss),
    };
    this.#gpus = new GpuSupply(
      { ...told, onRecords: (records) => this.#joiner.addGpu(records, ports.monoNowNs()) },
      (latenessNs) => this.#samplerLate(latenessNs),
      options.sampler ?? {},
      ports,
    );
    const host = this.#openHost({
      ...told,
      onRecords: (records) => this.#joiner.addHost(records, ports.monoNowNs()),
    });
    this.#host = host.source;
    this.#hostProblem = host.problem;
    this.#lateness = watchLoopLateness(ports.monoNowNs, (latenessNs) => this.#loopLate(latenessNs));
  }

  describe(): AgentDescription {
    const { identity } = this.#ports;
    const { gpu_source, gpus } = this.#gpus.describe();
    return {
      agent_id: identity.agentId,
      hostname: identity.hostname,
      versions: { ...this.#options.versions, node: process.versions.node, kernel: identity.kernel },
      origin_mono_ns: String(this.originMonoNs),
      gpu_source,
      gpus,
      host: this.#host?.describe() ?? {
        absent: [{ metric: '*', reason: this.#hostProblem ?? 'host metrics are switched off' }],
        metrics: [],
      },
    };
  }

  subscribe(listener: TelemetryListener): Disposable {
    return this.#fanOut.add(listener);
  }

  counters(): GpuAgentCounters {
    return {
      ...this.#gpus.counters,
      listenersCount: this.#fanOut.listenersCount,
      loopLatenessNs: this.#loopLatenessNs,
      samplerLatenessNs: this.#samplerLatenessNs,
    };
  }

  [Symbol.dispose](): void {
    this.#lateness[Symbol.dispose]();
    this.#host?.[Symbol.dispose]();
    this.#gpus[Symbol.dispose]();
  }

  /** A host that cannot be probed must not keep its GPUs from being read. */
  #openHost(listener: TelemetryListener): { source?: HostSource; problem?: string } {
    const { hostHz = DEFAULT_HOST_HZ, pids = [] } = this.#options;
    try {
      const source = this.#ports.openHostSource?.(listener, {
        hz: hostHz,
        pids: () => [...pids, ...this.#gpuProcesses()],
      });
      return source === undefined ? {} : { source };
    } catch (thrown) {
      this.#event('host_probes_failed', { reason: messageOf(thrown) });
      return { problem: messageOf(thrown) };
    }
  }

  /** The processes that the GPUs told of lately: an engine's own are found without naming them. */
  #gpuProcesses(): number[] {
    const nowNs = Number(this.#ports.monoNowNs() - this.originMonoNs);
    const pids = [...this.latest]
      .filter(({ metricId, atNs }) => PROCESS_METRIC_IDS.has(metricId) && nowNs - atNs < PROCESS_GONE_NS)
      .map(({ subId }) => subId);
    return [...new Set(pids)];
  }

  #recorded(records: Buffer): void {
    this.latest.addRecords(records);
    this.#fanOut.onRecords(records);
  }

  #samplerLate(latenessNs: number): void {
    this.#samplerLatenessNs = latenessNs;
    this.#samplerLatenessOfSecondNs = Math.max(this.#samplerLatenessOfSecondNs, latenessNs);
  }

  #loopLate(latenessNs: number): void {
    this.#loopLatenessNs = latenessNs;
    const ids = this.#ports.latenessMetricIds;
    if (ids === undefined) return;
    const beforeNs = this.#ports.monoNowNs();
    const common = { beforeNs, callNs: 0, gpuIndex: HOST_GPU_INDEX, subId: 0 };
    const samples = [
      { ...common, metricId: ids.loop, value: latenessNs },
      { ...common, metricId: ids.sampler, value: this.#samplerLatenessOfSecondNs },
    ];
    this.#samplerLatenessOfSecondNs = 0;
    this.#joiner.addHost(this.#writer.write(samples), beforeNs);
  }

  #event(kind: string, detail: { readonly [key: string]: string }): void {
    this.#fanOut.onEvent({ kind, monoNs: this.#ports.monoNowNs(), source: 'agent', detail });
  }
}
