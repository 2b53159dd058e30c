import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import {
  type openSampler,
  type SamplerCounters,
  type SamplerDescription,
  type SamplerEvent,
  type SamplerHandlers,
} from '@fluidscope/nvml-sampler';

/** One sample of a script, its time relative to the origin that the test chose. */
export interface ScriptedSample {
  readonly monoNs: bigint;
  readonly gpuIndex?: number;
  readonly metricId: number;
  readonly subId?: number;
  readonly value: number;
  readonly flags?: number;
}

export function scriptedRecords(samples: readonly ScriptedSample[]): Buffer {
  const records = Buffer.alloc(samples.length * SAMPLE_RECORD_BYTES);
  samples.forEach(({ monoNs, gpuIndex = 0, metricId, subId = 0, value, flags = 1 }, index) => {
    const at = index * SAMPLE_RECORD_BYTES;
    records.writeBigUInt64LE(monoNs, at);
    records.writeUInt32LE(1_000, at + 8);
    records.writeUInt16LE(gpuIndex, at + 12);
    records.writeUInt16LE(metricId, at + 14);
    records.writeDoubleLE(value, at + 16);
    records.writeUInt32LE(flags, at + 24);
    records.writeUInt32LE(subId, at + 28);
  });
  return records;
}

/** Stands for the native sampler: what it says is what the test says. */
export class ScriptedSampler {
  isClosed = false;
  description: SamplerDescription = {
    state: 'ready',
    detail: '',
    library: 'scripted',
    driverVersion: '595.1',
    nvmlVersion: '13.595.1',
    fastHz: 100,
    guard: { adapts: true, requestedHz: 100, last: null },
    lateness: null,
    gpus: [
      {
        index: 0,
        uuid: 'GPU-00000000-0000-0000-0000-000000000000',
        name: 'Scripted H100',
        pciBusId: '00000000:01:00.0',
        state: 'ready',
        migInstanceIds: [],
        absent: [{ metric: 'fan_speed_pct', reason: 'not supported' }],
        metrics: [],
      },
    ],
  };
  #handlers: SamplerHandlers | undefined;

  readonly open: typeof openSampler = (handlers) => {
    this.#handlers = handlers;
    const close = () => {
      this.isClosed = true;
    };
    return { describe: () => this.description, close, [Symbol.dispose]: close };
  };

  flush(samples: readonly ScriptedSample[], counters: Partial<SamplerCounters> = {}): void {
    const none = {
      overruns: 0,
      lateWakeups: 0,
      guardChanges: 0,
      eventsDropped: 0,
      maxLatenessNs: 0,
      insideCallsNs: 0,
    };
    this.#handlers?.onRecords(scriptedRecords(samples), { ...none, ...counters });
  }

  say(event: SamplerEvent): void {
    this.#handlers?.onEvent(event);
  }
}
