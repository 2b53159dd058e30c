import { GPU_BOARD_NAMES, type GpuBoard, type GpuReading } from '@fluidscope/serving-sim';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { closeSync, rmSync, writeSync } from 'node:fs';
import { createStateFile } from './create-state-file.js';
import { migInstancesOf, writeMigInstances, type MigInstance } from './gpu-mig.js';
import { GPU_STATE_LAYOUT as LAYOUT } from './gpu-state-layout.js';

const REFERENCE_COST_PPM = 1_000_000;
const PCIE_WIDTH_COUNT = 16;
const FIRST_GPM_ID = gpuMetricByName('gpm_graphics_pct')?.id ?? NaN;

export interface GpuStateFileOptions {
  readonly path: string;
  readonly board: GpuBoard;
  readonly gpuCount: number;
  readonly persona: number;
  readonly seed: number;
  /** Keeps the UUIDs of two hosts with one seed apart. */
  readonly hostIndex: number;
  /** Slices of each MIG instance that every GPU is cut into; not cut when absent. See `migProblem`. */
  readonly migSlices?: readonly number[];
}

/** A row of a GPU's process table. */
export interface GpuProcessRow {
  readonly pid: number;
  readonly smPct: number;
  readonly memoryPct: number;
  readonly encoderPct: number;
  readonly decoderPct: number;
  readonly memoryBytes: number;
}

export type SampleRing = 'power' | 'utilization' | 'memory_utilization';

/** Bytes of the file that changed since it was last written. */
interface Changes {
  fromByte: number;
  toByte: number;
}

/**
 * Writer of the simulated NVML's state file. Changes collect in memory; `publish` writes what changed of each GPU between an odd and an
 * even sequence number, so that a reader never takes half of a change.
 */
export class GpuStateFile {
  private readonly bytes: Buffer;
  private readonly words: BigUint64Array;
  private readonly reals: Float64Array;
  /** Of the header, then of each GPU, then of each GPU's extension. */
  private readonly changes: Changes[];
  private readonly fd: number;
  private sequence = 0n;
  private readonly migInstances: readonly MigInstance[];

  /** Creates the file; throws `FluidscopeError` when it exists or cannot be created. */
  constructor(private readonly options: GpuStateFileOptions) {
    const { board, gpuCount, migSlices = [] } = options;
    this.migInstances = migInstancesOf(board, migSlices);
    const memory = new ArrayBuffer(LAYOUT.headerBytes + gpuCount * (LAYOUT.gpuBytes + LAYOUT.extensionBytes));
    this.bytes = Buffer.from(memory);
    this.words = new BigUint64Array(memory);
    this.reals = new Float64Array(memory);
    this.writeHeader();
    for (let index = 0; index < gpuCount; index++) this.writeIdentity(index);
    this.fd = createStateFile(options.path);
    writeSync(this.fd, this.bytes, 0, this.bytes.length, 0);
    this.changes = Array.from({ length: 1 + 2 * gpuCount }, noChanges);
  }

  /** Shows a reading of a metric that has a slot: all but processes, driver samples and events. */
  setReading(
    gpuIndex: number,
    { metric, value, refreshNs, subId, integral }: GpuReading,
    atMonoNs: bigint,
  ): void {
    const known = gpuMetricByName(metric);
    if (known === undefined) return;
    const slot = known.scope === 'link' ? linkSlot(known.id, subId ?? 1) : known.id;
    const isReal = known.kind === 'gauge';
    this.setSlot(gpuIndex, slot, { value, isReal, atMonoNs, refreshNs });
    if (integral !== undefined)
      this.setSlot(gpuIndex, slot + LAYOUT.gpmIntegralSlots, {
        value: integral,
        isReal,
        atMonoNs,
        refreshNs,
      });
    if (metric === 'memory_used_bytes') this.setMigMemory(gpuIndex, value);
    const gpmPlace = known.id - FIRST_GPM_ID;
    if (integral === undefined || gpmPlace >= LAYOUT.migGpmCount) return;
    this.migInstances.forEach((_, place) => {
      const migSlot = LAYOUT.migGpmSlot + LAYOUT.migGpmCount * place + gpmPlace;
      this.setSlot(gpuIndex, migSlot, { value: integral, isReal, atMonoNs, refreshNs });
    });
  }

  /** The work is spread evenly: each instance is as busy as the GPU, and as full. */
  private setMigMemory(gpuIndex: number, usedBytes: number): void {
    const usedRatio = usedBytes / this.options.board.memoryTotalBytes;
    this.migInstances.forEach(({ memoryTotalBytes }, place) => {
      const at =
        blockAt(gpuIndex) + LAYOUT.migInstancesAt + place * LAYOUT.migInstanceBytes + LAYOUT.migMemoryUsedAt;
      this.bytes.writeBigUInt64LE(BigInt(Math.floor(memoryTotalBytes * usedRatio)), at);
      this.mark(1 + gpuIndex, at, at + 8);
    });
  }

  /** What reading the metric answers from now on, as an NVML code. */
  setReturnCode(gpuIndex: number, metric: string, code: number): void {
    const known = gpuMetricByName(metric);
    if (known === undefined) return;
    const isGpm = known.tier === 'gpm';
    for (const slot of isGpm ? [known.id, known.id + LAYOUT.gpmIntegralSlots] : [known.id])
      this.setWord(gpuIndex, LAYOUT.slotsAt + slot * LAYOUT.slotBytes + 16, code);
  }

  /** 0 works, 15 lost, 16 reset required. */
  setDeviceState(gpuIndex: number, code: number): void {
    this.setWord(gpuIndex, LAYOUT.deviceStateAt, code);
  }

  /** Every call on this GPU blocks for so long. */
  setStall(gpuIndex: number, stallMs: number): void {
    this.setWord(gpuIndex, LAYOUT.stallAt, stallMs);
  }

  setInitCode(code: number): void {
    this.setHeaderWord(LAYOUT.initCodeAt, code);
  }

  /** Index i then shows GPU (i + rotation) mod the number of GPUs. */
  setUuidOrder(rotation: number): void {
    this.setHeaderWord(LAYOUT.uuidOrderAt, rotation);
  }

  /** What calls cost, against their reference. */
  setCallCost(ratio: number): void {
    this.setHeaderWord(LAYOUT.costScaleAt, Math.round(ratio * REFERENCE_COST_PPM));
  }

  /** An event of one of NVML's types; its data is an XID, and 0 with the other types. */
  addEvent(gpuIndex: number, { type, data }: { type: number; data: number }, atMonoNs: bigint): void {
    const block = blockAt(gpuIndex);
    const head = this.bytes.readUInt32LE(block + LAYOUT.xidHeadAt);
    const at = block + LAYOUT.xidsAt + (head % LAYOUT.xidRingLength) * LAYOUT.xidBytes;
    this.bytes.writeBigUInt64LE(atMonoNs, at);
    this.bytes.writeUInt32LE(data, at + 8);
    this.bytes.writeUInt32LE(type, at + 12);
    this.mark(1 + gpuIndex, at, at + LAYOUT.xidBytes);
    this.setWord(gpuIndex, LAYOUT.xidHeadAt, head + 1);
  }

  addSample(
    gpuIndex: number,
    ring: SampleRing,
    { value, atWallUs }: { value: number; atWallUs: bigint },
  ): void {
    const isExtension = ring === 'memory_utilization';
    const start = isExtension
      ? this.extensionAt(gpuIndex) + LAYOUT.memoryUtilizationSamplesAt
      : blockAt(gpuIndex) + (ring === 'power' ? LAYOUT.powerSamplesAt : LAYOUT.utilizationSamplesAt);
    const head = this.bytes.readUInt32LE(start);
    const at = start + 8 + (head % LAYOUT.sampleRingLength) * LAYOUT.sampleBytes;
    this.bytes.writeBigUInt64LE(atWallUs, at);
    this.bytes.writeBigUInt64LE(BigInt(value), at + 8);
    this.bytes.writeUInt32LE(head + 1, start);
    this.mark(1 + gpuIndex + (isExtension ? this.options.gpuCount : 0), start, at + LAYOUT.sampleBytes);
  }

  setProcesses(gpuIndex: number, rows: readonly GpuProcessRow[], atWallUs: bigint): void {
    const shown = rows.slice(0, LAYOUT.maxProcessCount);
    const start = blockAt(gpuIndex) + LAYOUT.processesAt;
    shown.forEach((row, index) => {
      const at = start + index * LAYOUT.processBytes;
      this.bytes.writeUInt32LE(row.pid, at);
      this.bytes.writeUInt32LE(row.smPct, at + 4);
      this.bytes.writeBigUInt64LE(BigInt(row.memoryBytes), at + 8);
      this.bytes.writeUInt32LE(row.memoryPct, at + 16);
      // A process of a GPU that is cut lives in an instance, here the first one.
      this.bytes.writeUInt32LE(Math.min(1, this.migInstances.length), at + LAYOUT.processMigPlaceAt);
      this.bytes.writeBigUInt64LE(atWallUs, at + 24);
      this.bytes.writeUInt32LE(row.encoderPct, at + 32);
      this.bytes.writeUInt32LE(row.decoderPct, at + 36);
    });
    this.mark(1 + gpuIndex, start, start + shown.length * LAYOUT.processBytes);
    this.setWord(gpuIndex, LAYOUT.processCountAt, shown.length);
  }

  /** Two writes and one more for each GPU that changed. */
  publish(atMonoNs: bigint): void {
    const { bytes, fd } = this;
    bytes.writeBigUInt64LE(++this.sequence, LAYOUT.sequenceAt);
    writeSync(fd, bytes, LAYOUT.sequenceAt, 8, LAYOUT.sequenceAt);
    for (const each of this.changes) {
      if (each.fromByte >= each.toByte) continue;
      writeSync(fd, bytes, each.fromByte, each.toByte - each.fromByte, each.fromByte);
      Object.assign(each, noChanges());
    }
    bytes.writeBigUInt64LE(++this.sequence, LAYOUT.sequenceAt);
    bytes.writeBigUInt64LE(atMonoNs, LAYOUT.publishedAt);
    writeSync(fd, bytes, LAYOUT.sequenceAt, 16, LAYOUT.sequenceAt);
  }

  /** Removes the file. */
  close(): void {
    closeSync(this.fd);
    rmSync(this.options.path, { force: true });
  }

  private setSlot(
    gpuIndex: number,
    slot: number,
    {
      value,
      isReal,
      atMonoNs,
      refreshNs,
    }: { value: number; isReal: boolean; atMonoNs: bigint; refreshNs: number },
  ): void {
    const at = blockAt(gpuIndex) + LAYOUT.slotsAt + slot * LAYOUT.slotBytes;
    if (isReal) this.reals[at / 8] = value;
    else this.words[at / 8] = BigInt(value);
    this.words[at / 8 + 1] = atMonoNs;
    this.bytes.writeUInt32LE(Math.round(refreshNs / 1_000), at + 20);
    this.mark(1 + gpuIndex, at, at + LAYOUT.slotBytes);
  }

  private setWord(gpuIndex: number, offset: number, value: number): void {
    const at = blockAt(gpuIndex) + offset;
    if (this.bytes.readUInt32LE(at) === value) return;
    this.bytes.writeUInt32LE(value, at);
    this.mark(1 + gpuIndex, at, at + 4);
  }

  private setHeaderWord(at: number, value: number): void {
    this.bytes.writeUInt32LE(value, at);
    this.mark(0, at, at + 4);
  }

  private mark(region: number, fromByte: number, toByte: number): void {
    const changes = this.changes[region];
    if (changes === undefined) return;
    if (fromByte < changes.fromByte) changes.fromByte = fromByte;
    if (toByte > changes.toByte) changes.toByte = toByte;
  }

  private extensionAt(gpuIndex: number): number {
    return blockAt(this.options.gpuCount) + gpuIndex * LAYOUT.extensionBytes;
  }

  private writeHeader(): void {
    const { bytes, options } = this;
    bytes.write(LAYOUT.magic, 0, 'latin1');
    bytes.writeUInt32LE(LAYOUT.layoutVersion, LAYOUT.layoutVersionAt);
    bytes.writeUInt32LE(options.gpuCount, LAYOUT.gpuCountAt);
    bytes.writeUInt32LE(LAYOUT.slotCount, LAYOUT.slotsPerGpuAt);
    bytes.writeUInt32LE(options.persona, LAYOUT.personaAt);
    bytes.writeBigUInt64LE(BigInt(options.seed), LAYOUT.seedAt);
    bytes.writeUInt32LE(REFERENCE_COST_PPM, LAYOUT.costScaleAt);
    bytes.writeUInt32LE(LAYOUT.extensionsFlag, LAYOUT.flagsAt);
  }

  private writeIdentity(index: number): void {
    const { board, seed, hostIndex } = this.options;
    const block = this.bytes.subarray(blockAt(index), blockAt(index + 1));
    const uuidTail = `${hex(hostIndex, 4)}-4000-8000-${hex(index + 1, 12)}`;
    block.write(board.productName, LAYOUT.nameAt, 'latin1');
    block.write(`GPU-${hex(seed, 8)}-${uuidTail}`, LAYOUT.uuidAt, 'latin1');
    block.write(`00000000:${hex(index + 1, 2).toUpperCase()}:00.0`, LAYOUT.busIdAt, 'latin1');
    const boardIndex = GPU_BOARD_NAMES.findIndex((name) => name === board.name);
    block.writeUInt32LE(boardIndex, LAYOUT.boardAt);
    block.writeUInt32LE(board.architectureIndex, LAYOUT.archAt);
    block.writeBigUInt64LE(BigInt(board.memoryTotalBytes), LAYOUT.memoryTotalAt);
    block.writeUInt32LE(board.nvlinkCount, LAYOUT.nvlinkCountAt);
    block.writeUInt32LE(board.pcieGenerationIndex, LAYOUT.pcieGenerationMaxAt);
    block.writeUInt32LE(PCIE_WIDTH_COUNT, LAYOUT.pcieWidthMaxAt);
    block.writeUInt32LE(board.powerLimitMilliwatts, LAYOUT.powerLimitDefaultAt);
    writeMigInstances(block, this.migInstances, uuidTail);
  }
}

function noChanges(): Changes {
  return { fromByte: Number.MAX_SAFE_INTEGER, toByte: 0 };
}

function blockAt(gpuIndex: number): number {
  return LAYOUT.headerBytes + gpuIndex * LAYOUT.gpuBytes;
}

/** The ids of a link's CRC, replay and recovery errors follow one another. */
function linkSlot(metricId: number, subId: number): number {
  const first = gpuMetricByName('nvlink_crc_errors_count')?.id ?? metricId;
  return LAYOUT.linkSlot + LAYOUT.slotsPerLink * (subId - 1) + (metricId - first);
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}
