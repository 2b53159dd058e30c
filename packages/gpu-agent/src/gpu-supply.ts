import { FluidscopeError, messageOf } from '@fluidscope/errors';
import type { SamplerOptions } from '@fluidscope/nvml-sampler';
import type { TelemetryListener } from '@fluidscope/telemetry-link';
import type { GpuDescription, GpuSource, SamplingCounters } from './gpu-source.js';
import { NvmlSource, type NvmlSourcePorts, type SamplerState } from './nvml-source.js';

/** Opens the second-best source; it tells the same listener. */
export type OpenFallback = (listener: TelemetryListener) => GpuSource;

export interface GpuSupplyPorts extends NvmlSourcePorts {
  /** Absent: no nvidia-smi is to be used. */
  readonly openFallback: OpenFallback | undefined;
}

/** The states in which this process cannot load NVML while another program, with another library path, may. */
const CANNOT_LOAD: ReadonlySet<SamplerState> = new Set(['library_missing', 'library_unusable']);

/** The states in which there is no sampler at all, by what `openSampler` throws. */
const ADDON_STATES: ReadonlyMap<string, string> = new Map([
  ['nvml.no-addon', 'addon_missing'],
  ['nvml.addon-mismatch', 'addon_mismatch'],
]);

const NOTHING_SAMPLED: SamplingCounters = {
  ringOverrunsCount: 0,
  lateWakeupsCount: 0,
  guardChangesCount: 0,
  eventsDroppedCount: 0,
  recordsCount: 0,
  insideCallsNs: 0,
};

/**
 * NVML where it can be loaded, nvidia-smi where it cannot, and else nothing, said in words. The sampler keeps trying: when NVML becomes
 * ready after all, the child ends. Never throws for what a machine lacks.
 */
export class GpuSupply implements GpuSource {
  readonly #listener: TelemetryListener;
  readonly #ports: GpuSupplyPorts;
  readonly #nvml: NvmlSource | undefined;
  #fallback: GpuSource | undefined;
  /** Why NVML is not the source; `undefined` while it is. */
  #whyNotNvml: { readonly state: string; readonly reason: string } | undefined;

  /** @throws UsageError for sampler options out of range */
  constructor(
    listener: TelemetryListener,
    onLateness: (latenessNs: number) => void,
    options: SamplerOptions,
    ports: GpuSupplyPorts,
  ) {
    this.#listener = listener;
    this.#ports = ports;
    const observer = {
      onState: (state: SamplerState, detail: string) => this.#nvmlIs(state, detail),
      onLateness,
    };
    try {
      this.#nvml = new NvmlSource(listener, observer, options, ports);
    } catch (thrown) {
      const state = thrown instanceof FluidscopeError ? ADDON_STATES.get(thrown.code) : undefined;
      if (state === undefined) throw thrown;
      this.#fallBack(state, messageOf(thrown));
    }
  }

  get counters(): SamplingCounters {
    return this.#nvml?.counters ?? NOTHING_SAMPLED;
  }

  describe(): GpuDescription {
    const why = this.#whyNotNvml;
    if (why === undefined)
      return this.#nvml?.describe() ?? nothing('addon_missing', 'no source of GPU samples');
    const fallback = this.#fallback?.describe();
    if (fallback === undefined) return nothing(why.state, why.reason);
    const detail = `${fallback.gpu_source.detail}; NVML is not used (${why.state}): ${why.reason}`;
    // A child that never gave a row is no source of samples.
    if (fallback.gpus.length === 0 && fallback.gpu_source.state === 'nvidia_smi_failed')
      return nothing(why.state, detail);
    return { ...fallback, gpu_source: { ...fallback.gpu_source, nvml_state: why.state, detail } };
  }

  [Symbol.dispose](): void {
    this.#fallback?.[Symbol.dispose]();
    this.#nvml?.[Symbol.dispose]();
  }

  #nvmlIs(state: SamplerState, detail: string): void {
    if (CANNOT_LOAD.has(state)) this.#fallBack(state, detail);
    else if (state === 'ready') this.#useNvml();
  }

  #fallBack(state: string, reason: string): void {
    this.#whyNotNvml = { state, reason };
    if (this.#fallback !== undefined) return;
    this.#fallback = this.#ports.openFallback?.(this.#listener);
    this.#listener.onEvent({
      kind: 'gpu_source_changed',
      monoNs: this.#ports.monoNowNs(),
      source: 'agent',
      detail: { kind: this.#fallback === undefined ? 'none' : 'nvidia_smi', nvml_state: state, reason },
    });
  }

  #useNvml(): void {
    if (this.#whyNotNvml === undefined) return;
    this.#whyNotNvml = undefined;
    this.#fallback?.[Symbol.dispose]();
    this.#fallback = undefined;
    this.#listener.onEvent({
      kind: 'gpu_source_changed',
      monoNs: this.#ports.monoNowNs(),
      source: 'agent',
      detail: { kind: 'nvml' },
    });
  }
}

function nothing(state: string, detail: string): GpuDescription {
  return { gpu_source: { kind: 'none', state, detail: `No GPU is read: ${detail}` }, gpus: [] };
}
