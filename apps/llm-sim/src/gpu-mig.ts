import type { GpuBoard } from '@fluidscope/serving-sim';
import { GPU_STATE_LAYOUT as LAYOUT } from './gpu-state-layout.js';

/** One of the parts into which a GPU is cut. */
export interface MigInstance {
  readonly gpuInstanceId: number;
  /** Of the GPU's 7, and of its memory's 8. */
  readonly gpuSlices: number;
  readonly memorySlices: number;
  readonly multiprocessors: number;
  readonly memoryTotalBytes: number;
}

const GPU_SLICES = 7;
const MEMORY_SLICES = 8;

/** Memory slices by GPU slices: NVIDIA's profiles 1g, 2g, 3g, 4g and 7g. */
const MEMORY_SLICES_OF: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 4],
  [7, 8],
]);

/** Multiprocessors by GPU slices, of the boards that can be cut. */
const MULTIPROCESSORS: Readonly<Record<string, ReadonlyMap<number, number> | undefined>> = {
  h100: new Map([
    [1, 16],
    [2, 32],
    [3, 60],
    [4, 64],
    [7, 132],
  ]),
  a100: new Map([
    [1, 14],
    [2, 28],
    [3, 42],
    [4, 56],
    [7, 98],
  ]),
};

/** Why a board cannot be cut so; `undefined` where it can, and for no cut at all. */
export function migProblem(boardName: string, gpuSlices: readonly number[]): string | undefined {
  if (gpuSlices.length === 0) return undefined;
  const known = MULTIPROCESSORS[boardName];
  if (known === undefined) return `expected a board with MIG (h100, a100) but received ${boardName}`;
  if (gpuSlices.some((slices) => !MEMORY_SLICES_OF.has(slices)))
    return `expected instances of ${[...MEMORY_SLICES_OF.keys()].join(', ')} slices but received ${gpuSlices.join(',')}`;
  const sumOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);
  const memorySlicesCount = sumOf(gpuSlices.map((slices) => MEMORY_SLICES_OF.get(slices) ?? 0));
  return sumOf(gpuSlices) > GPU_SLICES || memorySlicesCount > MEMORY_SLICES
    ? `expected at most ${GPU_SLICES} slices, with at most ${MEMORY_SLICES} of memory, but received ${gpuSlices.join(',')}`
    : undefined;
}

/** The instances of a cut that `migProblem` finds nothing wrong with. */
export function migInstancesOf(board: GpuBoard, gpuSlices: readonly number[]): readonly MigInstance[] {
  return gpuSlices.map((slices, place) => {
    const memorySlices = MEMORY_SLICES_OF.get(slices) ?? 0;
    return {
      gpuInstanceId: place + 1,
      gpuSlices: slices,
      memorySlices,
      multiprocessors: MULTIPROCESSORS[board.name]?.get(slices) ?? 0,
      memoryTotalBytes: Math.floor((board.memoryTotalBytes * memorySlices) / MEMORY_SLICES),
    };
  });
}

/** Writes the instances into a GPU's block, and that it is cut. Their UUIDs end as the GPU's does, with the place in front. */
export function writeMigInstances(block: Buffer, instances: readonly MigInstance[], uuidTail: string): void {
  if (instances.length === 0) return;
  block.writeUInt32LE(1, LAYOUT.migModeAt);
  instances.forEach((instance, place) => {
    const at = LAYOUT.migInstancesAt + place * LAYOUT.migInstanceBytes;
    block.writeUInt32LE(1, at);
    block.writeUInt32LE(instance.gpuInstanceId, at + LAYOUT.migGpuInstanceAt);
    block.writeUInt32LE(instance.gpuSlices, at + LAYOUT.migGpuSlicesAt);
    block.writeBigUInt64LE(BigInt(instance.memoryTotalBytes), at + LAYOUT.migMemoryTotalAt);
    block.writeUInt32LE(instance.memorySlices, at + LAYOUT.migMemorySlicesAt);
    block.writeUInt32LE(instance.multiprocessors, at + LAYOUT.migMultiprocessorsAt);
    block.write(`MIG-${String(place + 1).padStart(8, '0')}-${uuidTail}`, at + LAYOUT.migUuidAt, 'latin1');
  });
}
