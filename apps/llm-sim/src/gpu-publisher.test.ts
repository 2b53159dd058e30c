import {
  engineNs,
  GPU_BOARDS,
  GpuModel,
  GpuSensors,
  seededRandom,
  type GpuBoardName,
} from '@fluidscope/serving-sim';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GpuPublisher } from './gpu-publisher.js';
import { GpuStateFile } from './gpu-state-file.js';
import { GPU_STATE_LAYOUT as LAYOUT } from './gpu-state-layout.js';

const S = 1_000_000_000;
/** Engine time 0 on the monotonic clock, beyond what a double holds to the nanosecond. */
const STARTED_MONO_NS = 9_007_199_254_740_993n;
const WALL_OFFSET_US = 1_700_000_000_000_000n;
const SECOND_GPU = LAYOUT.headerBytes + LAYOUT.gpuBytes;

/** The second of two GPUs of a board, published every 10 ms of virtual time until `toNs`; the file's bytes at the end. */
function published(
  name: GpuBoardName,
  toNs: number,
  prepare: (gpu: GpuModel) => void = () => undefined,
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'gpu-publisher-'));
  const path = join(folder, 'state');
  const board = GPU_BOARDS[name];
  const file = new GpuStateFile({ path, board, gpuCount: 2, persona: 0, seed: 5, hostIndex: 3 });
  try {
    const gpu = new GpuModel(board);
    const sensors = new GpuSensors(gpu, seededRandom(1), { enginePid: 77 });
    const clock = { toMonoNs: (atNs: number) => STARTED_MONO_NS + BigInt(engineNs(atNs)) };
    const publisher = new GpuPublisher(1, { gpu, sensors, file, clock, wallOffsetUs: WALL_OFFSET_US });
    prepare(gpu);
    for (let atNs = 0; atNs <= toNs; atNs += S / 100) {
      publisher.advance(atNs);
      file.publish(STARTED_MONO_NS + BigInt(atNs));
    }
    return readFileSync(path);
  } finally {
    file.close();
    rmSync(folder, { recursive: true });
  }
}

function busy(gpu: GpuModel): void {
  gpu.run({ startNs: 0, endNs: 60 * S, tensorRatio: 0.2, dramRatio: 0.5, nvlinkBytes: 6e9 });
}

function slot(
  state: Buffer,
  id: number,
): { real: number; word: bigint; atMonoNs: bigint; code: number; refreshUs: number } {
  const at = SECOND_GPU + LAYOUT.slotsAt + id * LAYOUT.slotBytes;
  return {
    real: state.readDoubleLE(at),
    word: state.readBigUInt64LE(at),
    atMonoNs: state.readBigUInt64LE(at + 8),
    code: state.readInt32LE(at + 16),
    refreshUs: state.readUInt32LE(at + 20),
  };
}

function idOf(metric: string): number {
  const known = gpuMetricByName(metric);
  if (known === undefined) throw new Error(`Expected a metric but received ${metric}`);
  return known.id;
}

it('shows every metric of the board before its first refresh, and none that it lacks', () => {
  const state = published('rtx4090', 0);
  expect(slot(state, idOf('energy_mj')).atMonoNs).toBe(STARTED_MONO_NS);
  expect(slot(state, idOf('fan_speed_pct')).real).toBeGreaterThan(0);
  expect(slot(state, idOf('gpm_sm_pct')).atMonoNs).toBe(0n);
  expect(slot(state, idOf('ecc_corrected_count')).atMonoNs).toBe(0n);
});

it('writes gauges as doubles, counters as integers, with the sensor’s own time', () => {
  const state = published('h100', 3 * S, busy);
  expect(slot(state, idOf('sm_clock_mhz')).real).toBe(1_980);
  const energy = slot(state, idOf('energy_mj'));
  expect(energy.word).toBeGreaterThan(300_000n);
  expect(energy.refreshUs).toBe(100_000);
  expect(energy.atMonoNs).toBeGreaterThan(STARTED_MONO_NS + 2_800_000_000n);
  expect(energy.atMonoNs).toBeLessThanOrEqual(STARTED_MONO_NS + 3_000_000_000n);
  const dram = idOf('gpm_dram_pct');
  expect(slot(state, dram).real).toBeCloseTo(50, 6);
  const upToS = Number(slot(state, dram + LAYOUT.gpmIntegralSlots).atMonoNs - STARTED_MONO_NS) / S;
  expect(slot(state, dram + LAYOUT.gpmIntegralSlots).real).toBeCloseTo(50 * upToS, 3);
});

it('shows each NVLink’s errors in its own slots', () => {
  const state = published('h100', 2 * S, (gpu) => {
    busy(gpu);
    gpu.schedule({ kind: 'link_errors', gpu: 0, link: 'nvlink', index: 17, count: 3_000 }, S / 10);
  });
  const errors = [0, 1, 2].map((kind) => slot(state, LAYOUT.linkSlot + 3 * 17 + kind).word);
  expect(errors).toEqual([3_000n, 3_000n, 3n]);
  expect(slot(state, LAYOUT.linkSlot + 3 * 16).word).toBe(0n);
});

it('fills the driver’s sample rings with wall times', () => {
  const state = published('h100', 2 * S, busy);
  const extension = LAYOUT.headerBytes + 2 * LAYOUT.gpuBytes + LAYOUT.extensionBytes;
  for (const [ringAt, least] of [
    [SECOND_GPU + LAYOUT.powerSamplesAt, 150_000n],
    [SECOND_GPU + LAYOUT.utilizationSamplesAt, 100n],
    [extension, 50n],
  ] as const) {
    const count = state.readUInt32LE(ringAt);
    expect(count).toBeGreaterThan(11);
    const [first, second] = [1, 2].map((each) => ringAt + 8 + each * LAYOUT.sampleBytes);
    const stepUs = state.readBigUInt64LE(second) - state.readBigUInt64LE(first);
    expect(stepUs).toBeGreaterThanOrEqual(166_666n);
    expect(stepUs).toBeLessThanOrEqual(166_667n);
    expect(state.readBigUInt64LE((first ?? 0) + 8)).toBeGreaterThanOrEqual(least);
    expect(state.readBigUInt64LE(first)).toBeGreaterThan(STARTED_MONO_NS / 1_000n + WALL_OFFSET_US);
  }
});

it('tells of XIDs and ECC errors at their instants', () => {
  const state = published('h100', S, (gpu) => {
    gpu.schedule({ kind: 'ecc_errors', gpu: 0, uncorrected: 2 }, 300_000_001);
    gpu.schedule({ kind: 'xid', gpu: 0, xid: 48 }, 300_000_002);
  });
  expect(state.readUInt32LE(SECOND_GPU + LAYOUT.xidHeadAt)).toBe(2);
  const events = [0, 1].map((each) => {
    const at = SECOND_GPU + LAYOUT.xidsAt + each * LAYOUT.xidBytes;
    const atNs = state.readBigUInt64LE(at) - STARTED_MONO_NS;
    return [atNs, state.readUInt32LE(at + 8), state.readUInt32LE(at + 12)];
  });
  expect(events).toEqual([
    [300_000_001n, 0, 2],
    [300_000_002n, 48, 8],
  ]);
});

it('keeps the process table as it is: a neighbour comes and goes', () => {
  const table = (toNs: number): number[][] => {
    const state = published('h100', toNs, (gpu) => {
      busy(gpu);
      gpu.schedule({ kind: 'foreign_share', gpu: 0, ratio: 0.4, pid: 99 }, S);
      gpu.schedule({ kind: 'foreign_share', gpu: 0, ratio: 0 }, 2.5 * S);
    });
    return Array.from({ length: state.readUInt32LE(SECOND_GPU + LAYOUT.processCountAt) }, (_, row) => {
      const at = SECOND_GPU + LAYOUT.processesAt + row * LAYOUT.processBytes;
      return [state.readUInt32LE(at), state.readUInt32LE(at + 4), state.readUInt32LE(at + 16)];
    });
  };
  expect(table(2 * S)).toEqual([
    [77, 60, 30],
    [99, 40, 24],
  ]);
  expect(table(4 * S)).toEqual([[77, 100, 50]]);
});

it('leaves the other GPU as it was, and names both by seed and host', () => {
  const state = published('h100', S, busy);
  const first = state.subarray(LAYOUT.headerBytes, SECOND_GPU);
  expect(first.subarray(LAYOUT.slotsAt).every((byte) => byte === 0)).toBe(true);
  expect(first.toString('latin1', 96, 136)).toBe('GPU-00000005-0003-4000-8000-000000000001');
  expect(state.readBigUInt64LE(LAYOUT.sequenceAt) % 2n).toBe(0n);
  expect(state.readBigUInt64LE(LAYOUT.publishedAt)).toBe(STARTED_MONO_NS + BigInt(S));
});

it('shows no driver sample before there was one', () => {
  const state = published('h100', 0);
  const heads = [LAYOUT.powerSamplesAt, LAYOUT.utilizationSamplesAt].map((at) =>
    state.readUInt32LE(SECOND_GPU + at),
  );
  expect(heads).toEqual([0, 0]);
});
