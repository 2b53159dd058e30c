import {
  engineNs,
  GPU_BOARDS,
  GpuGroup,
  GpuSensors,
  seededRandom,
  type GpuBoardName,
} from '@fluidscope/serving-sim';
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import type { EngineClock } from './engine-clock.js';
import { GpuStateFile } from './gpu-state-file.js';

export interface GpuOptions {
  readonly board: GpuBoardName;
  /** 1 to 64. */
  readonly gpuCount: number;
  /** Number of the driver that the simulated NVML imitates; 0, the newest, when absent. */
  readonly persona?: number;
  /** The state file; it must not exist, and goes at the end. */
  readonly statePath: string;
  /** Where each fault is logged with its instant, as NDJSON. */
  readonly faultLogFile?: string;
}

const gpu = z.number().int().min(0).max(63);

/** A fault by its physical effect: the body of `POST /sim/faults`. */
export const gpuFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('power_limit'), gpu, watts: z.number().min(1).max(2_000) }),
  z.strictObject({ kind: z.literal('inlet_temperature'), gpu, celsius: z.number().min(-20).max(100) }),
  z.strictObject({ kind: z.literal('clock_limit'), gpu, mhz: z.number().min(100).max(5_000) }),
  z.strictObject({ kind: z.literal('foreign_share'), gpu, ratio: z.number().min(0).max(0.95) }),
  z.strictObject({ kind: z.literal('xid'), gpu, xid: z.number().int().min(1).max(999) }),
  z.strictObject({ kind: z.literal('lost'), gpu }),
  z.strictObject({ kind: z.literal('call_stall'), gpu, ms: z.number().int().min(0).max(60_000) }),
  z.strictObject({
    kind: z.literal('init_code'),
    code: z.union([0, 4, 9, 17, 18, 999].map((n) => z.literal(n))),
  }),
  z.strictObject({ kind: z.literal('engine_pause'), ms: z.number().positive().max(60_000) }),
]);
export type GpuFault = z.infer<typeof gpuFaultSchema>;

const PUBLISH_INTERVAL_MS = 10;
/** How far the published truth stays behind: an iteration whose timer fired late still starts in the GPUs' future. */
const TRUTH_LAG_NS = 4_000_000;

/** The engine's GPUs in real time: their sensors go to the state file as they come due, and faults act at once. */
export class GpuSimulation {
  readonly group: GpuGroup;
  private readonly sensors: readonly GpuSensors[];
  private readonly file: GpuStateFile;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly options: GpuOptions,
    private readonly clock: EngineClock,
    seed: number,
  ) {
    const { board, gpuCount, statePath: path, persona = 0 } = options;
    this.group = new GpuGroup(board, gpuCount);
    const random = seededRandom(seed);
    this.sensors = this.group.gpus.map((each) => new GpuSensors(each, random));
    this.file = new GpuStateFile({ path, board: GPU_BOARDS[board], gpuCount, persona, seed });
    this.file.publish(process.hrtime.bigint());
    this.timer = setInterval(() => this.publish(), PUBLISH_INTERVAL_MS).unref();
  }

  get gpuCount(): number {
    return this.options.gpuCount;
  }

  /** Acts now; `pauseEngine` holds the tokens from the same instant on. Returns that instant. */
  apply(
    fault: GpuFault,
    pauseEngine: (atNs: ReturnType<typeof engineNs>, durationNs: number) => void,
  ): bigint {
    const atNs = this.clock.nowNs();
    const atMonoNs = this.clock.toMonoNs(atNs);
    if (fault.kind === 'engine_pause') {
      const durationNs = Math.round(fault.ms * 1_000_000);
      pauseEngine(atNs, durationNs);
      this.group.pause(atNs, durationNs);
    } else if (fault.kind === 'init_code') this.file.setInitCode(fault.code);
    else this.applyToGpu(fault, atMonoNs);
    this.file.publish(process.hrtime.bigint());
    if (this.options.faultLogFile !== undefined) {
      const line = JSON.stringify({ mono_ns: String(atMonoNs), ...fault });
      appendFileSync(this.options.faultLogFile, `${line}\n`);
    }
    return atMonoNs;
  }

  close(): void {
    clearInterval(this.timer);
    this.file.close();
  }

  private applyToGpu(
    fault: Exclude<GpuFault, { kind: 'engine_pause' | 'init_code' }>,
    atMonoNs: bigint,
  ): void {
    const conditions = this.group.gpus[fault.gpu]?.conditions;
    if (conditions === undefined) return;
    switch (fault.kind) {
      case 'power_limit':
        conditions.powerLimitMilliwatts = Math.round(fault.watts * 1_000);
        return;
      case 'inlet_temperature':
        conditions.inletCelsius = fault.celsius;
        return;
      case 'clock_limit':
        conditions.maxSmMhz = fault.mhz;
        return;
      case 'foreign_share':
        conditions.foreignRatio = fault.ratio;
        return;
      case 'xid':
        return this.file.addXid(fault.gpu, fault.xid, atMonoNs);
      case 'lost':
        return this.file.setDeviceState(fault.gpu, 15);
      case 'call_stall':
        return this.file.setStall(fault.gpu, fault.ms);
    }
  }

  private publish(): void {
    const toNs = Math.max(0, this.clock.nowNs() - TRUTH_LAG_NS);
    this.sensors.forEach((each, index) => {
      for (const reading of each.refresh(toNs, (atNs) => this.group.advanceOne(index, atNs)))
        this.file.setReading(index, reading, this.clock.toMonoNs(engineNs(reading.sensorNs)));
    });
    this.file.publish(process.hrtime.bigint());
  }
}
