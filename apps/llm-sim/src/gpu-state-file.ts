import { GPU_BOARD_NAMES, type GpuBoard, type GpuReading } from '@fluidscope/serving-sim';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';

/** The layout that `native/nvml-sim/README.md` describes and its `state-file.h` asserts. */
const HEADER_BYTES = 128;
const GPU_BYTES = 16_400;
const SLOTS_AT = 4_096;
const SLOT_BYTES = 32;
const SLOT_COUNT = 256;
const XID_HEAD_AT = 512;
const XIDS_AT = 520;
const XID_RING_LENGTH = 64;
const XID_EVENT_TYPE = 8;
const REFERENCE_COST_PPM = 1_000_000;

export interface GpuStateFileOptions {
  readonly path: string;
  readonly board: GpuBoard;
  readonly gpuCount: number;
  readonly persona: number;
  readonly seed: number;
}

/**
 * Writer of the simulated NVML's state file. Changes collect in memory; `publish` writes the changed GPUs between an odd and an even
 * sequence number, so that a reader never takes half of a change.
 */
export class GpuStateFile {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private readonly blocks: readonly Buffer[];
  private readonly changed = new Set<number>();
  private readonly fd: number;
  private sequence = 0n;

  /** Creates the file; throws when it exists or cannot be created. */
  constructor(private readonly options: GpuStateFileOptions) {
    const { header } = this;
    header.write('FSNVSIM1', 0, 'latin1');
    [1, options.gpuCount, SLOT_COUNT, options.persona].forEach((value, index) =>
      header.writeUInt32LE(value, 8 + 4 * index),
    );
    header.writeBigUInt64LE(BigInt(options.seed), 40);
    header.writeUInt32LE(REFERENCE_COST_PPM, 52);
    this.blocks = Array.from({ length: options.gpuCount }, (_, index) => identity(options, index));
    this.blocks.forEach((_, index) => this.changed.add(index));
    this.fd = openSync(options.path, 'wx');
  }

  setReading(gpuIndex: number, { metric, value, refreshNs }: GpuReading, sensorMonoNs: bigint): void {
    const known = gpuMetricByName(metric);
    const block = this.blocks[gpuIndex];
    if (known === undefined || block === undefined) return;
    const at = SLOTS_AT + known.id * SLOT_BYTES;
    if (known.kind === 'gauge') block.writeDoubleLE(value, at);
    else block.writeBigUInt64LE(BigInt(value), at);
    block.writeBigUInt64LE(sensorMonoNs, at + 8);
    block.writeUInt32LE(Math.round(refreshNs / 1_000), at + 20);
    this.changed.add(gpuIndex);
  }

  /** 0 works, 15 lost, 16 reset required. */
  setDeviceState(gpuIndex: number, code: number): void {
    this.setBlockWord(gpuIndex, 232, code);
  }

  setStall(gpuIndex: number, stallMs: number): void {
    this.setBlockWord(gpuIndex, 236, stallMs);
  }

  setInitCode(code: number): void {
    this.header.writeUInt32LE(code, 48);
  }

  addXid(gpuIndex: number, xid: number, atMonoNs: bigint): void {
    const block = this.blocks[gpuIndex];
    if (block === undefined) return;
    const head = block.readUInt32LE(XID_HEAD_AT);
    const at = XIDS_AT + (head % XID_RING_LENGTH) * 16;
    block.writeBigUInt64LE(atMonoNs, at);
    block.writeUInt32LE(xid, at + 8);
    block.writeUInt32LE(XID_EVENT_TYPE, at + 12);
    this.setBlockWord(gpuIndex, XID_HEAD_AT, head + 1);
  }

  publish(atMonoNs: bigint): void {
    const { header, fd } = this;
    header.writeBigUInt64LE(++this.sequence, 24);
    writeSync(fd, header, 24, 8, 24);
    for (const index of this.changed) {
      const block = this.blocks[index];
      if (block !== undefined) writeSync(fd, block, 0, GPU_BYTES, HEADER_BYTES + index * GPU_BYTES);
    }
    this.changed.clear();
    header.writeBigUInt64LE(atMonoNs, 32);
    writeSync(fd, header, 32, HEADER_BYTES - 32, 32);
    writeSync(fd, header, 0, 24, 0);
    header.writeBigUInt64LE(++this.sequence, 24);
    writeSync(fd, header, 24, 8, 24);
  }

  /** Removes the file. */
  close(): void {
    closeSync(this.fd);
    rmSync(this.options.path, { force: true });
  }

  private setBlockWord(gpuIndex: number, at: number, value: number): void {
    this.blocks[gpuIndex]?.writeUInt32LE(value, at);
    this.changed.add(gpuIndex);
  }
}

function identity({ board, seed }: GpuStateFileOptions, index: number): Buffer {
  const block = Buffer.alloc(GPU_BYTES);
  const hex = (value: number, length: number): string => value.toString(16).padStart(length, '0');
  block.write(board.productName, 0, 'latin1');
  block.write(`GPU-${hex(seed, 8)}-0000-4000-8000-${hex(index + 1, 12)}`, 96, 'latin1');
  block.write(`00000000:${hex(index + 1, 2).toUpperCase()}:00.0`, 192, 'latin1');
  block.writeUInt32LE(
    GPU_BOARD_NAMES.findIndex((name) => name === board.name),
    224,
  );
  block.writeUInt32LE(board.architectureIndex, 228);
  block.writeBigUInt64LE(BigInt(board.memoryTotalBytes), 248);
  [board.nvlinkCount, board.pcieGenerationIndex, 16, board.powerLimitMilliwatts].forEach((value, word) =>
    block.writeUInt32LE(value, 256 + 4 * word),
  );
  return block;
}
