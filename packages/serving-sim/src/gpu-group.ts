import { GPU_BOARDS, type GpuBoardName } from './gpu-boards.js';
import type { GpuCondition } from './gpu-condition.js';
import { GpuModel } from './gpu-model.js';
import type { KvTransfer } from './kv-transfer.js';
import { expectedStepNs, type BatchWork, type StepCosts } from './step-time.js';

/** Port: what an engine asks of the hardware it runs on. */
export interface EngineHardware {
  /** How long an iteration takes that would take `nominalNs` at full clocks. Positive. */
  runStep(step: EngineStep): number;
  /** KV comes to it over its links, beside whatever runs. */
  receive?(transfer: KvTransfer): void;
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
/** Of the hardware's peak while compute-bound, or memory-bound, work runs. Estimates. */
const TENSOR_PEAK_RATIO = 0.95;
const DRAM_PEAK_RATIO = 0.85;
/** Share of an iteration in which ranks talk; an estimate. It is part of the profile's time, and grows as the slowest link shrinks. */
const EXCHANGE_RATIO = 0.1;
/** An all-reduce after attention and one after the MLP, 32 layers, 4,096 values of 2 bytes a token. */
const EXCHANGED_BYTES_PER_TOKEN = 2 * 32 * 4_096 * 2;
/** Token ids, block tables and sampled tokens. Estimates. */
const PCIE_BYTES_PER_STEP = 65_536;
const PCIE_BYTES_PER_TOKEN = 64;

/** An iteration's time at full clocks by what bounds it. */
interface StepParts {
  readonly baseNs: number;
  readonly computeNs: number;
  readonly memoryNs: number;
}

/**
 * The GPUs of one engine, tensor-parallel ranks in lockstep: each does the same, a step is as slow as the slowest, and the others spin
 * until it is done. Clocks act on a whole iteration from its start.
 */
export class GpuGroup implements EngineHardware {
  readonly gpus: readonly GpuModel[];

  constructor(boardName: GpuBoardName, gpuCount: number) {
    this.gpus = Array.from({ length: gpuCount }, () => new GpuModel(GPU_BOARDS[boardName]));
  }

  advance(toNs: number): void {
    for (const gpu of this.gpus) gpu.advance(toNs);
  }

  /** Carries one GPU on its own, for sensors that refresh apart. */
  advanceOne(gpuIndex: number, toNs: number): void {
    this.gpus[gpuIndex]?.advance(toNs);
  }

  /** Lets a condition begin on `condition.gpu` of this group at `atNs`, exactly; one in the past begins now. */
  apply(condition: GpuCondition, atNs: number): void {
    this.gpus[condition.gpu]?.schedule(condition, atNs);
  }

  runStep({ startNs, nominalNs, work, costs }: EngineStep): number {
    this.advance(startNs);
    const parts = partsOf(nominalNs, work, costs);
    const ownNs = this.gpus.map((gpu) => Math.round(rankNs(gpu, parts)));
    const slowestNs = Math.max(nominalNs, ...ownNs);
    const elapsedNs = Math.round(slowestNs + nominalNs * EXCHANGE_RATIO * this.exchangeDelay());
    const peerShare = (2 * (this.gpus.length - 1)) / this.gpus.length;
    this.gpus.forEach((gpu, index) => {
      const workingNs = ownNs[index] ?? elapsedNs;
      gpu.run({
        startNs,
        endNs: startNs + elapsedNs,
        tensorRatio: Math.min(1, (parts.computeNs / workingNs) * TENSOR_PEAK_RATIO),
        dramRatio: Math.min(1, (parts.memoryNs / workingNs) * DRAM_PEAK_RATIO),
        ...(workingNs < elapsedNs ? { spinFromNs: startNs + workingNs } : {}),
        pcieBytes: PCIE_BYTES_PER_STEP + PCIE_BYTES_PER_TOKEN * work.batchTokens,
        nvlinkBytes: gpu.board.nvlinkCount > 0 ? EXCHANGED_BYTES_PER_TOKEN * peerShare * work.batchTokens : 0,
      });
    });
    return elapsedNs;
  }

  receive({ startNs, endNs, movedBytes }: KvTransfer): void {
    for (const gpu of this.gpus) gpu.receive({ startNs, endNs, movedBytes: movedBytes / this.gpus.length });
  }

  /** From `atNs` the GPUs idle for `durationNs`; the rest of the iteration follows. Pause the engine by the same. */
  pause(atNs: number, durationNs: number): void {
    for (const gpu of this.gpus) gpu.hold(atNs, durationNs);
  }

  /** How much longer ranks talk, over the worst link of any, as a factor beyond 1; without ranks nobody talks. */
  private exchangeDelay(): number {
    if (this.gpus.length < 2) return 0;
    const losses = this.gpus.map(({ board, conditions }) =>
      board.nvlinkCount > 0 ? conditions.nvlinkLossRatio : conditions.pcieLossRatio,
    );
    return 1 / (1 - Math.max(...losses)) - 1;
  }
}

function partsOf(nominalNs: number, work: BatchWork, costs: StepCosts): StepParts {
  const baseNs = Math.min(nominalNs, costs.baseNs);
  const weightsAndKvNs =
    expectedStepNs(costs, { ...ONE_TOKEN, decodeContextTokens: work.decodeContextTokens }) - costs.baseNs;
  const memoryNs = Math.min(nominalNs - baseNs, weightsAndKvNs);
  return { baseNs, memoryNs, computeNs: nominalNs - baseNs - memoryNs };
}

/** How long one rank computes: compute time by the clock, memory time flat above a knee, all of it shared with foreign processes. */
function rankNs(
  { workMhz, board, conditions }: GpuModel,
  { baseNs, computeNs, memoryNs }: StepParts,
): number {
  const clockRatio = workMhz / board.maxSmMhz;
  const slowedMemoryNs =
    (memoryNs * Math.max(1, MEMORY_KNEE_RATIO / clockRatio)) / (1 - conditions.foreignDramRatio);
  const smNs = (baseNs + computeNs / clockRatio) / (1 - conditions.foreignRatio);
  return smNs + Math.max(slowedMemoryNs, memoryNs / (1 - conditions.foreignRatio));
}
