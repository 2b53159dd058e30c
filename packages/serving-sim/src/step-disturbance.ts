import type { EngineHardware, EngineStep } from './gpu-group.js';
import type { KvTransfer } from './kv-transfer.js';
import type { BatchWork } from './step-time.js';

/** Something that lengthens iterations, named by its physical effect. Asked once for each iteration, in order. */
export interface StepDisturbance {
  /** Time before the iteration's work in which the engine's process does something else and its GPUs idle. */
  idleNs(work: BatchWork): number;
  /** What the iteration's own work takes, times its usual; 1 for no change. */
  readonly workRatio: number;
}

/** The engine's process stands still for `pauseNs` before every `stepsCount`-th iteration, as a garbage collector makes it. */
export function pauseEverySteps(stepsCount: number, pauseNs: number): StepDisturbance {
  let countdown = stepsCount;
  return {
    workRatio: 1,
    idleNs: () => {
      countdown -= 1;
      if (countdown > 0) return 0;
      countdown = stepsCount;
      return pauseNs;
    },
  };
}

/** The engine's process stands still once for each new batch shape: the number of sequences, rounded up to a power of two. */
export function pauseOncePerShape(pauseNs: number): StepDisturbance {
  const seen = new Set<number>();
  return {
    workRatio: 1,
    idleNs: ({ sequenceCount }) => {
      const shape = Math.ceil(Math.log2(Math.max(1, sequenceCount)));
      if (seen.has(shape)) return 0;
      seen.add(shape);
      return pauseNs;
    },
  };
}

/** The host needs `perSequenceNs` for each sequence of the batch before it can launch the iteration. */
export function hostCostPerSequence(perSequenceNs: number): StepDisturbance {
  return { workRatio: 1, idleNs: ({ sequenceCount }) => Math.round(sequenceCount * perSequenceNs) };
}

/**
 * Iterations of nothing but decodes that run more sequences than any captured graph holds are launched kernel by kernel, which takes
 * `launchNs` more of the host.
 */
export function launchedByKernel(capturedCount: number, launchNs: number): StepDisturbance {
  return {
    workRatio: 1,
    idleNs: ({ sequenceCount, prefillPairCount }) =>
      prefillPairCount === 0 && sequenceCount > capturedCount ? launchNs : 0,
  };
}

/** Every iteration's work takes `workRatio` times as long, after `idleNs` of nothing. */
export function slowerSteps(workRatio: number, idleNs: number): StepDisturbance {
  return { workRatio, idleNs: () => idleNs };
}

/** Hardware under an engine whose iterations are lengthened by whatever is active. Without hardware, work takes its nominal time. */
export class DisturbedHardware implements EngineHardware {
  /** Of all iterations so far, in which the GPUs idled. */
  totalIdleNs = 0;
  private readonly active = new Set<StepDisturbance>();

  constructor(private readonly hardware?: EngineHardware) {}

  add(disturbance: StepDisturbance): void {
    this.active.add(disturbance);
  }

  remove(disturbance: StepDisturbance): void {
    this.active.delete(disturbance);
  }

  receive(transfer: KvTransfer): void {
    this.hardware?.receive?.(transfer);
  }

  runStep(step: EngineStep): number {
    let idleNs = 0;
    let workRatio = 1;
    for (const disturbance of this.active) {
      idleNs += disturbance.idleNs(step.work);
      workRatio *= disturbance.workRatio;
    }
    this.totalIdleNs += idleNs;
    const nominalNs = Math.max(1, Math.round(step.nominalNs * workRatio));
    const worked = { ...step, startNs: step.startNs + idleNs, nominalNs };
    return idleNs + (this.hardware?.runStep(worked) ?? nominalNs);
  }
}
