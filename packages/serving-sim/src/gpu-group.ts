import { GPU_BOARDS, type GpuBoardName } from './gpu-boards.js';
import { GpuModel } from './gpu-model.js';
import { expectedStepNs, type BatchWork, type StepCosts } from './step-time.js';

/** Port: what an engine asks of the hardware it runs on. */
export interface EngineHardware {
  /** How long an iteration takes that would take `nominalNs` at full clocks. Positive. */
  runStep(step: EngineStep): number;
}

export interface EngineStep {
  readonly startNs: number;
  readonly nominalNs: number;
  readonly work: BatchWork;
  readonly costs: StepCosts;
}

const ONE_TOKEN: BatchWork = {
  batchTokens: 1,
  sequenceCount: 0,
  prefillPairCount: 0,
  decodeContextTokens: 0,
};
/** Below this share of the highest clock memory-bound work slows as well. */
const MEMORY_KNEE_RATIO = 0.5;

/** The GPUs of one engine, tensor-parallel ranks in lockstep: each does the same, and a step is as slow as the slowest. */
export class GpuGroup implements EngineHardware {
  readonly gpus: readonly GpuModel[];
  private pausedToNs = 0;
  private current: { startNs: number; endNs: number; tensorRatio: number; dramRatio: number } | undefined;

  constructor(boardName: GpuBoardName, gpuCount: number) {
    this.gpus = Array.from({ length: gpuCount }, () => new GpuModel(GPU_BOARDS[boardName]));
  }

  advance(toNs: number): void {
    this.gpus.forEach((_, index) => this.advanceOne(index, toNs));
  }

  /** Carries one GPU on its own, for sensors that refresh apart. */
  advanceOne(gpuIndex: number, toNs: number): void {
    const gpu = this.gpus[gpuIndex];
    if (gpu === undefined) return;
    if (gpu.nowNs < this.pausedToNs && toNs > this.pausedToNs && this.current !== undefined) {
      gpu.advance(this.pausedToNs);
      gpu.run({ ...this.current, startNs: this.pausedToNs });
    }
    gpu.advance(toNs);
  }

  runStep({ startNs, nominalNs, work, costs }: EngineStep): number {
    this.advance(startNs);
    const memoryNs = Math.min(
      nominalNs,
      expectedStepNs(costs, { ...ONE_TOKEN, decodeContextTokens: work.decodeContextTokens }) - costs.baseNs,
    );
    const computeNs = Math.max(0, nominalNs - costs.baseNs - memoryNs);
    let elapsedNs = nominalNs;
    for (const { workMhz, board, conditions } of this.gpus) {
      const clockRatio = workMhz / board.maxSmMhz;
      const slowNs =
        (nominalNs -
          computeNs -
          memoryNs +
          computeNs / clockRatio +
          memoryNs * Math.max(1, MEMORY_KNEE_RATIO / clockRatio)) /
        (1 - conditions.foreignRatio);
      elapsedNs = Math.max(elapsedNs, slowNs);
    }
    elapsedNs = Math.round(elapsedNs);
    this.current = {
      startNs,
      endNs: startNs + elapsedNs,
      tensorRatio: Math.min(1, (computeNs / elapsedNs) * 0.95),
      dramRatio: Math.min(1, (memoryNs / elapsedNs) * 0.85),
    };
    for (const gpu of this.gpus) gpu.run(this.current);
    return elapsedNs;
  }

  /** From `atNs` the GPUs idle for `durationNs`; the rest of the iteration follows. Pause the engine by the same. */
  pause(atNs: number, durationNs: number): void {
    this.advance(atNs);
    if (this.current !== undefined) {
      if (this.current.endNs > atNs)
        this.current = { ...this.current, endNs: this.current.endNs + durationNs };
      else this.current = undefined;
    }
    this.pausedToNs = Math.max(this.pausedToNs, atNs) + durationNs;
    for (const gpu of this.gpus) gpu.halt();
  }
}
