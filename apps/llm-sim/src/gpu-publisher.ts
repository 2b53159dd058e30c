import { engineNs, type GpuModel, type GpuReading, type GpuSensors } from '@fluidscope/serving-sim';
import type { EngineClock } from './engine-clock.js';
import type { GpuProcessRow, GpuStateFile, SampleRing } from './gpu-state-file.js';

const XID_EVENT = 8;

const SAMPLE_RINGS: Readonly<Record<string, SampleRing>> = {
  power_buffered_mw: 'power',
  utilization_gpu_buffered_pct: 'utilization',
  utilization_memory_buffered_pct: 'memory_utilization',
};

const PROCESS_FIELDS: Readonly<Record<string, keyof GpuProcessRow>> = {
  process_sm_pct: 'smPct',
  process_memory_pct: 'memoryPct',
  process_encoder_pct: 'encoderPct',
  process_decoder_pct: 'decoderPct',
  process_memory_used_bytes: 'memoryBytes',
};

/** NVML's event types of what is read when it happens. */
const EVENT_TYPES: Readonly<Record<string, number>> = {
  ecc_corrected_count: 1,
  ecc_uncorrected_count: 2,
  xid_index: XID_EVENT,
};

const ABSENT_PROCESS = { smPct: 0, memoryPct: 0, encoderPct: 0, decoderPct: 0, memoryBytes: 0 };

/** Carries one GPU's readings, and what NVML answers instead of them, into the state file. */
export class GpuPublisher {
  private readonly processes = new Map<number, GpuProcessRow>();
  private shownCodes = new Map<string, number>();
  private lastSensorNs = -1;
  private lastMonoNs = 0n;

  constructor(
    private readonly gpuIndex: number,
    private readonly parts: {
      readonly gpu: GpuModel;
      readonly sensors: GpuSensors;
      readonly file: GpuStateFile;
      readonly clock: Pick<EngineClock, 'toMonoNs'>;
      /** Wall time less monotonic time, for the driver's own samples. */
      readonly wallOffsetUs: bigint;
    },
  ) {
    // The driver's own samples are means of a time that has not passed yet.
    for (const reading of parts.sensors.readAll())
      if (SAMPLE_RINGS[reading.metric] === undefined) this.show(reading);
  }

  /** Shows all that came due up to `toNs`; the file is published by the caller. */
  advance(toNs: number): void {
    const { gpu, sensors, file } = this.parts;
    for (const reading of sensors.refresh(toNs)) this.show(reading);
    file.setDeviceState(this.gpuIndex, gpu.conditions.deviceCode);
    this.showCodes(gpu.conditions.sensorCodes);
  }

  private show(reading: GpuReading): void {
    const { file } = this.parts;
    const { metric, value, sensorNs } = reading;
    const ring = SAMPLE_RINGS[metric];
    if (ring !== undefined) file.addSample(this.gpuIndex, ring, { value, atWallUs: this.wallUs(sensorNs) });
    else if (reading.refreshNs === 0) this.showEvent(reading);
    else if (metric.startsWith('process_')) this.showProcess(reading);
    else file.setReading(this.gpuIndex, reading, this.monoNs(sensorNs));
  }

  private showEvent({ metric, value, sensorNs }: GpuReading): void {
    const type = EVENT_TYPES[metric];
    if (type === undefined) return;
    const data = type === XID_EVENT ? value : 0;
    this.parts.file.addEvent(this.gpuIndex, { type, data }, this.monoNs(sensorNs));
  }

  /** A table's rows come one value at a time, its length last. */
  private showProcess({ metric, value, subId, sensorNs }: GpuReading): void {
    const field = PROCESS_FIELDS[metric];
    if (field !== undefined && subId !== undefined) {
      const row = this.processes.get(subId) ?? { pid: subId, ...ABSENT_PROCESS };
      this.processes.set(subId, { ...row, [field]: value });
      return;
    }
    this.parts.file.setProcesses(this.gpuIndex, [...this.processes.values()], this.wallUs(sensorNs));
    this.processes.clear();
  }

  private showCodes(codes: ReadonlyMap<string, number>): void {
    if (codes.size === 0 && this.shownCodes.size === 0) return;
    const { file } = this.parts;
    for (const metric of this.shownCodes.keys())
      if (!codes.has(metric)) file.setReturnCode(this.gpuIndex, metric, 0);
    for (const [metric, code] of codes) file.setReturnCode(this.gpuIndex, metric, code);
    this.shownCodes = new Map(codes);
  }

  /** Sensors that refresh together share their time. */
  private monoNs(sensorNs: number): bigint {
    if (sensorNs !== this.lastSensorNs) {
      this.lastSensorNs = sensorNs;
      this.lastMonoNs = this.parts.clock.toMonoNs(engineNs(sensorNs));
    }
    return this.lastMonoNs;
  }

  private wallUs(sensorNs: number): bigint {
    return this.monoNs(sensorNs) / 1_000n + this.parts.wallOffsetUs;
  }
}
