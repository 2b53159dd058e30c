import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import {
  type openSampler,
  type Sampler,
  type SamplerCounters,
  type SamplerDescription,
  type SamplerEvent,
  type SamplerOptions,
} from '@fluidscope/nvml-sampler';
import type { AgentEvent, TelemetryListener } from '@fluidscope/telemetry-link';
import type { Json } from '@fluidscope/trace-schema';
import type { GpuDescription, GpuSource, SamplingCounters } from './gpu-source.js';
import { samplerStateText } from './sampler-state-text.js';

export type OpenSampler = typeof openSampler;
export type SamplerState = SamplerDescription['state'];

export interface NvmlSourcePorts {
  readonly openSampler: OpenSampler;
  readonly monoNowNs: () => bigint;
}

/** What a flush says besides its records. */
export interface NvmlObserver {
  onState(state: SamplerState, detail: string): void;
  /** The most that the sampling thread woke late since the flush before. */
  onLateness(latenessNs: number): void;
}

/** The native sampler as a source: its events become the link's, its overruns become losses. */
export class NvmlSource implements GpuSource {
  readonly #sampler: Sampler;
  readonly #listener: TelemetryListener;
  readonly #observer: NvmlObserver;
  readonly #monoNowNs: () => bigint;
  #last: SamplerCounters = {
    overruns: 0,
    lateWakeups: 0,
    guardChanges: 0,
    eventsDropped: 0,
    maxLatenessNs: 0,
    insideCallsNs: 0,
  };
  #lastFlushNs: bigint;
  #recordsCount = 0;

  /** @throws FluidscopeError `nvml.no-addon` or `nvml.addon-mismatch` where the native part is missing or of another build, UsageError for options out of range */
  constructor(
    listener: TelemetryListener,
    observer: NvmlObserver,
    options: SamplerOptions,
    ports: NvmlSourcePorts,
  ) {
    this.#listener = listener;
    this.#observer = observer;
    this.#monoNowNs = ports.monoNowNs;
    this.#lastFlushNs = ports.monoNowNs();
    this.#sampler = ports.openSampler(
      {
        onRecords: (records, counters) => this.#flushed(records, counters),
        onEvent: (event) => this.#happened(event),
      },
      options,
    );
  }

  describe(): GpuDescription {
    return describeSampler(this.#sampler.describe());
  }

  get counters(): SamplingCounters {
    const { overruns, lateWakeups, guardChanges, eventsDropped, insideCallsNs } = this.#last;
    return {
      ringOverrunsCount: overruns,
      lateWakeupsCount: lateWakeups,
      guardChangesCount: guardChanges,
      eventsDroppedCount: eventsDropped,
      recordsCount: this.#recordsCount,
      insideCallsNs,
    };
  }

  [Symbol.dispose](): void {
    this.#sampler.close();
  }

  #flushed(records: Buffer, counters: SamplerCounters): void {
    const nowNs = this.#monoNowNs();
    this.#recordsCount += Math.floor(records.length / SAMPLE_RECORD_BYTES);
    this.#listener.onRecords(records);
    this.#observer.onLateness(counters.maxLatenessNs);
    this.#lose('ring_overrun', counters.overruns - this.#last.overruns, nowNs);
    this.#lose('events_dropped', counters.eventsDropped - this.#last.eventsDropped, nowNs);
    this.#last = counters;
    this.#lastFlushNs = nowNs;
  }

  #lose(reason: string, count: number, toMonoNs: bigint): void {
    if (count > 0) this.#listener.onLoss({ reason, count, fromMonoNs: this.#lastFlushNs, toMonoNs });
  }

  #happened(event: SamplerEvent): void {
    this.#listener.onEvent(agentEventOf(event));
    if (event.kind === 'state')
      this.#observer.onState(event.state, samplerStateText(event.state, event.detail));
  }
}

/** `{kind: 'gpu_state', monoNs, gpuIndex: 0, …}` to an event whose detail is in snake_case, as everything on the wire. */
export function agentEventOf({ kind, monoNs, ...rest }: SamplerEvent): AgentEvent {
  const detail = Object.entries(rest).filter((entry): entry is [string, string | number] => {
    return entry[1] !== undefined;
  });
  return {
    kind,
    monoNs,
    source: 'sampler',
    detail: Object.fromEntries(detail.map(([key, value]): [string, Json] => [snakeCase(key), value])),
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What was asked for, and what the guard last made of it and why. */
function describeGuard({ adapts, requestedHz, last }: SamplerDescription['guard']) {
  return {
    adapts,
    requested_hz: requestedHz,
    last: last && {
      mono_ns: String(last.monoNs),
      from_hz: last.fromHz,
      to_hz: last.toHz,
      call_p99_ns: last.callP99Ns,
      loop_pct: last.loopPct,
    },
  };
}

function describeSampler(sampler: SamplerDescription): GpuDescription {
  const { state, detail, library, driverVersion, nvmlVersion, fastHz, guard, lateness } = sampler;
  return {
    gpu_source: {
      kind: 'nvml',
      state,
      detail: samplerStateText(state, detail),
      library,
      driver_version: driverVersion,
      nvml_version: nvmlVersion,
      fast_hz: fastHz,
      guard: describeGuard(guard),
      lateness:
        lateness === null
          ? null
          : { p50_ns: lateness.p50Ns, p99_ns: lateness.p99Ns, wakeups_count: lateness.wakeupsCount },
    },
    gpus: sampler.gpus.map((gpu) => ({
      index: gpu.index,
      uuid: gpu.uuid,
      name: gpu.name,
      pci_bus_id: gpu.pciBusId,
      state: gpu.state,
      mig_instance_ids: gpu.migInstanceIds,
      absent: gpu.absent,
      metrics: gpu.metrics.map((metric) => ({
        metric: metric.metric,
        refresh_median_ns: metric.refreshMedianNs,
        refresh_p10_ns: metric.refreshP10Ns,
        changes_count: metric.changesCount,
        polls_count: metric.pollsCount,
        call_p50_ns: metric.callP50Ns,
        call_p99_ns: metric.callP99Ns,
      })),
    })),
  };
}
