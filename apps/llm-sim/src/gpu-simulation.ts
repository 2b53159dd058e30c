import {
  GPU_BOARDS,
  GpuGroup,
  GpuSensors,
  seededRandom,
  type EngineNs,
  type GpuBoardName,
  type GpuCondition,
  type GpuModel,
} from '@fluidscope/serving-sim';
import { appendFileSync } from 'node:fs';
import type { EngineClock } from './engine-clock.js';
import type { GpuFault } from './gpu-fault.js';
import { GpuPublisher } from './gpu-publisher.js';
import { GpuReplica } from './gpu-replica.js';
import { GpuStateFile } from './gpu-state-file.js';
import { GpuTruthLog } from './gpu-truth-log.js';

export interface GpuOptions {
  readonly board: GpuBoardName;
  /** The engine's, from 1 to 64; they come first. */
  readonly gpuCount: number;
  /** Further GPUs of this host, on which another replica serves a load of its own; none when absent. 64 in all. */
  readonly replicaGpuCount?: number;
  /** Keeps the GPUs of several simulated hosts apart; 0 when absent. */
  readonly hostIndex?: number;
  /** Number of the driver that the simulated NVML imitates; 0, the newest, when absent. */
  readonly persona?: number;
  /** Slices of each MIG instance that every GPU is cut into; not cut when absent. */
  readonly migSlices?: readonly number[];
  /** The state file; it must not exist, and goes at the end. */
  readonly statePath: string;
  /** Where each fault is logged with its instant, as NDJSON. */
  readonly faultLogFile?: string;
  /** Where the hidden truth of every GPU is logged beside the faults, as NDJSON; an existing file is refused. */
  readonly truthFile?: string;
}

/** Holds the engine's tokens from an instant on. */
export type PauseEngine = (atNs: EngineNs, durationNs: number) => void;

/** Sensors that came due wait for this turn, so that a hundred of them cost one write. */
const PUBLISH_INTERVAL_MS = 10;
/** How far the published truth stays behind: an iteration whose timer fired late still starts in the GPUs' future. */
const TRUTH_LAG_NS = 4_000_000;
const NS_PER_US = 1_000n;
/** A process that is not on this machine: the other replica's. */
const REPLICA_PID = 424_241;

/** The GPUs of one host in real time: their sensors go to the state file as they come due, and faults act at their instant. */
export class GpuSimulation {
  /** Those of the engine. */
  readonly group: GpuGroup;
  /**
   * Called before the published truth moves on, to run what the engine had due by then: an iteration that starts after the GPUs have gone
   * past it would never be seen on them, and a process that is always a little late would show them idle under load.
   */
  beforePublish: (() => void) | undefined;
  private readonly replica: GpuReplica | undefined;
  private readonly file: GpuStateFile;
  private readonly truth: GpuTruthLog | undefined;
  private readonly publishers: readonly GpuPublisher[];
  private readonly timer: NodeJS.Timeout;

  /** Throws `FluidscopeError` when the state file or the truth file exists or cannot be created. */
  constructor(
    private readonly options: GpuOptions,
    private readonly clock: EngineClock,
    seed: number,
  ) {
    const { board, gpuCount, replicaGpuCount = 0, hostIndex = 0, persona = 0, migSlices = [] } = options;
    this.group = new GpuGroup(board, gpuCount);
    if (replicaGpuCount > 0) this.replica = new GpuReplica({ board, gpuCount: replicaGpuCount, seed });
    this.file = new GpuStateFile({
      path: options.statePath,
      board: GPU_BOARDS[board],
      gpuCount: this.gpuCount,
      ...{ hostIndex, persona, seed, migSlices },
    });
    this.truth = this.createTruth();
    const random = seededRandom(seed);
    const wallOffsetUs = wallUs() - process.hrtime.bigint() / NS_PER_US;
    this.publishers = this.allGpus().map((gpu, index) => {
      const enginePid = index < gpuCount ? process.pid : REPLICA_PID;
      const sensors = new GpuSensors(gpu, random, { enginePid });
      if (this.truth !== undefined) gpu.onSegment = (segment) => this.truth?.segment(index, segment);
      return new GpuPublisher(index, { gpu, sensors, file: this.file, clock, wallOffsetUs });
    });
    this.file.publish(process.hrtime.bigint());
    this.timer = setInterval(() => this.publishTo(clock.nowNs() - TRUTH_LAG_NS), PUBLISH_INTERVAL_MS).unref();
  }

  /** The engine's and the other replica's. */
  get gpuCount(): number {
    return this.options.gpuCount + (this.options.replicaGpuCount ?? 0);
  }

  /**
   * Acts at `atNs`, up to which the engine has run, for GPUs and tokens alike, and is published when this returns; the answer is that
   * instant in ns of CLOCK_MONOTONIC.
   */
  apply(fault: GpuFault, atNs: EngineNs, pauseEngine: PauseEngine): bigint {
    const atMonoNs = this.clock.toMonoNs(atNs);
    if (fault.kind === 'engine_pause') {
      const durationNs = Math.round(fault.ms * 1_000_000);
      pauseEngine(atNs, durationNs);
      this.group.pause(atNs, durationNs);
    } else if (fault.kind === 'init_code') this.file.setInitCode(fault.code);
    else if (fault.kind === 'uuid_order') this.file.setUuidOrder(fault.rotation);
    else if (fault.kind === 'call_cost') this.file.setCallCost(fault.ratio);
    else if (fault.kind === 'call_stall') this.file.setStall(fault.gpu, fault.ms);
    else this.applyCondition(fault, atNs);
    this.publishTo(atNs);
    this.log(fault, atMonoNs);
    return atMonoNs;
  }

  /** Lets a condition begin on any GPU of the host at an instant that may lie ahead; it stands in no log. */
  applyCondition(condition: GpuCondition, atNs: EngineNs): void {
    const { gpuCount } = this.options;
    if (condition.gpu < gpuCount) this.group.apply(condition, atNs);
    else this.replica?.group.apply({ ...condition, gpu: condition.gpu - gpuCount }, atNs);
  }

  /** Removes the state file and completes the truth file; throws `FluidscopeError` when that is not whole. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.file.close();
    await this.truth?.close();
  }

  private createTruth(): GpuTruthLog | undefined {
    const { truthFile } = this.options;
    if (truthFile === undefined) return undefined;
    try {
      return new GpuTruthLog(truthFile, (atNs) => this.clock.toMonoNs(atNs as EngineNs));
    } catch (cause) {
      this.file.close();
      throw cause;
    }
  }

  private allGpus(): readonly GpuModel[] {
    return [...this.group.gpus, ...(this.replica?.group.gpus ?? [])];
  }

  private publishTo(toNs: number): void {
    if (toNs <= 0) return;
    this.beforePublish?.();
    this.replica?.advance(toNs);
    for (const each of this.publishers) each.advance(toNs);
    this.file.publish(process.hrtime.bigint());
  }

  private log(fault: GpuFault, atMonoNs: bigint): void {
    this.truth?.fault(fault, atMonoNs);
    if (this.options.faultLogFile === undefined) return;
    const line = JSON.stringify({ mono_ns: String(atMonoNs), ...fault });
    appendFileSync(this.options.faultLogFile, `${line}\n`);
  }
}

/** To the microsecond, which `Date.now` is not. */
function wallUs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1_000));
}
