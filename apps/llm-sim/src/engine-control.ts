import {
  engineNs,
  type AdjustableEngine,
  type DisturbedHardware,
  type EngineLimits,
  type EngineNs,
  type GpuCondition,
  type RequestHold,
  type StepDisturbance,
} from '@fluidscope/serving-sim';
import type { EngineClock } from './engine-clock.js';
import type { Generation } from './generation.js';
import type { GpuSimulation } from './gpu-simulation.js';

interface Controlled {
  readonly engine: AdjustableEngine<Generation>;
  readonly hardware: DisturbedHardware;
  readonly gpus: GpuSimulation | undefined;
  readonly clock: EngineClock;
}

/** What can befall a served engine while it runs, for whoever plays a timeline of faults. Times are the engine's. */
export class EngineControl {
  constructor(private readonly controlled: Controlled) {}

  get kvBlockCount(): number {
    return this.controlled.engine.stats().kvBlockCount;
  }

  nowNs(): EngineNs {
    return this.controlled.clock.nowNs();
  }

  /** From now on nothing of the engine's process happens for `durationNs`, and its GPUs idle. */
  pause(durationNs: number): void {
    const { engine, gpus, clock } = this.controlled;
    const atNs = clock.nowNs();
    engine.pause(atNs, durationNs);
    gpus?.group.pause(atNs, durationNs);
  }

  addDisturbance(disturbance: StepDisturbance): void {
    this.controlled.hardware.add(disturbance);
  }

  removeDisturbance(disturbance: StepDisturbance): void {
    this.controlled.hardware.remove(disturbance);
  }

  addHold(hold: RequestHold): void {
    this.controlled.engine.addHold(hold);
  }

  removeHold(hold: RequestHold): void {
    this.controlled.engine.removeHold(hold);
  }

  adjust(limits: EngineLimits): void {
    this.controlled.engine.adjust(limits);
  }

  /** At its instant, which may lie ahead; nothing happens without GPUs. */
  applyToGpu(condition: GpuCondition, atNs: number): void {
    this.controlled.gpus?.applyCondition(condition, engineNs(Math.max(0, Math.round(atNs))));
  }
}
