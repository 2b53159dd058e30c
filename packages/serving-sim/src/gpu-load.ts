import type { GpuConditions } from './gpu-settings.js';

/** What the engine runs on a GPU in one iteration: shares of the time from 0 to 1. */
export interface GpuActivity {
  readonly startNs: number;
  readonly endNs: number;
  readonly tensorRatio: number;
  readonly dramRatio: number;
  /** From here to the end it only waits for other ranks, in a kernel that polls: busy, at low power, without DRAM. */
  readonly spinFromNs?: number;
  /** Moved between start and end. */
  readonly pcieBytes?: number;
  readonly nvlinkBytes?: number;
}

/** How busy a GPU is at an instant, as shares from 0 to 1. */
export interface GpuLoad {
  /** Whether kernels of the engine run, and whether any do. */
  readonly isOwn: boolean;
  readonly isBusy: boolean;
  readonly smRatio: number;
  readonly tensorRatio: number;
  readonly dramRatio: number;
  readonly ownDramRatio: number;
  /** What is drawn of the tensor cores' power at full clock: their share, and that of a polling kernel. */
  readonly drawnRatio: number;
}

/** Estimates: what a polling kernel draws of the tensor cores' power, the SMs that it takes, and what of its SMs a neighbour's tensor cores work. */
const SPIN_POWER_RATIO = 0.1;
const SPIN_SM_RATIO = 0.15;
const FOREIGN_TENSOR_RATIO = 0.8;

/** `activity`: the engine's, where it may run now. A foreign process takes its share of the SMs and the DRAM all the time. */
export function loadAt(nowNs: number, activity: GpuActivity | undefined, conditions: GpuConditions): GpuLoad {
  const { foreignRatio, foreignDramRatio } = conditions;
  const isOwn = activity !== undefined && activity.startNs <= nowNs && nowNs < activity.endNs;
  const isSpinning = isOwn && activity.spinFromNs !== undefined && activity.spinFromNs <= nowNs;
  const isWorking = isOwn && !isSpinning;
  const leftRatio = 1 - foreignRatio;
  const tensorRatio =
    (isWorking ? activity.tensorRatio * leftRatio : 0) + foreignRatio * FOREIGN_TENSOR_RATIO;
  const ownDramRatio = isWorking ? activity.dramRatio * Math.min(leftRatio, 1 - foreignDramRatio) : 0;
  const ownSmRatio = isWorking ? 1 : isSpinning ? SPIN_SM_RATIO : 0;
  return {
    isOwn,
    isBusy: isOwn || foreignRatio > 0,
    smRatio: ownSmRatio * leftRatio + foreignRatio,
    tensorRatio,
    dramRatio: ownDramRatio + foreignDramRatio,
    ownDramRatio,
    drawnRatio: tensorRatio + (isSpinning ? SPIN_POWER_RATIO * leftRatio : 0),
  };
}
