import { GPU_STATE_LAYOUT, startLlmSim } from '@fluidscope/llm-sim';
import { GPU_BOARDS } from '@fluidscope/serving-sim';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/** Where the library that reads the file looks for a field; the writer's own table has the rest. */
interface ReaderLayout {
  readonly layout: typeof GPU_STATE_LAYOUT;
  readonly fields: Readonly<Record<string, number>>;
}

const SOURCE = fileURLToPath(
  new URL('../../native/nvml-sim/src/core/testing/layout/dump-layout.cc', import.meta.url),
);
const compiler = process.env['CXX'] ?? 'c++';
const hasCompiler = spawnSync(compiler, ['--version']).status === 0;
if (!hasCompiler)
  console.log(
    'The state file of simulated GPUs is not compared with its reader: that needs a C++ compiler on the PATH',
  );

let folder: string;
let reader: ReaderLayout;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpu-state-layout-'));
  if (hasCompiler) reader = dumpLayout();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function dumpLayout(): ReaderLayout {
  const program = join(folder, 'dump-layout');
  const compiled = spawnSync(compiler, ['-std=c++17', '-o', program, SOURCE], { encoding: 'utf8' });
  expect(compiled.status, compiled.stderr).toBe(0);
  return JSON.parse(spawnSync(program, { encoding: 'utf8' }).stdout) as ReaderLayout;
}

describe.skipIf(!hasCompiler)("the writer's layout of the simulated GPUs' state file", () => {
  it("is the reader's", () => {
    expect(GPU_STATE_LAYOUT).toEqual(reader.layout);
  });

  it('is what a simulated server writes', async () => {
    const statePath = join(folder, 'state');
    const sim = await startLlmSim({
      engine: { kind: 'profile', profile: 'h100-llama3-8b' },
      seed: 7,
      gpus: { board: 'h100', gpuCount: 2, persona: 4, statePath },
    });
    try {
      await vi.waitFor(
        () => {
          const { ringHead, process: row } = secondGpu(statePath);
          expect(Math.min(ringHead, row.pid)).toBeGreaterThan(1);
        },
        { timeout: 20_000 },
      );
      const shown = secondGpu(statePath);
      expect(shown.header).toEqual({ gpuCount: 2, slotsPerGpu: 256, persona: 4, seed: 7n });
      const board = GPU_BOARDS.h100;
      expect(shown.identity).toEqual({
        name: board.productName,
        uuid: expect.stringMatching(/^GPU-[0-9a-f-]{36}$/),
        busId: '00000000:02:00.0',
        words: [
          0,
          board.architectureIndex,
          board.nvlinkCount,
          board.pcieGenerationIndex,
          16,
          board.powerLimitMilliwatts,
        ],
        memoryTotal: BigInt(board.memoryTotalBytes),
      });
      expect(shown.memoryTotalBytes).toBe(board.memoryTotalBytes);
      expect(shown.slot).toEqual({ isRead: true, returnCode: 0 });
      expect(shown.process.pid).toBe(process.pid);
      expect(shown.process.memoryBytes).toBeGreaterThan(0n);
      expect(shown.process.memoryBytes).toBeLessThan(BigInt(board.memoryTotalBytes));
      expect(Number(shown.process.timestampUs) / 1_000).toBeGreaterThan(Date.UTC(2020, 0));
      expect(Number(shown.sample.timestampUs) / 1_000).toBeGreaterThan(Date.UTC(2020, 0));
      expect(shown.sample.value).toBeGreaterThanOrEqual(BigInt(board.idleMilliwatts) / 2n);
      expect(shown.sample.value).toBeLessThan(BigInt(board.powerLimitMilliwatts));
    } finally {
      await sim.close();
    }
  });
});

/** The second GPU, read at the reader's places. */
function secondGpu(statePath: string) {
  const { layout, fields } = reader;
  const file = readFileSync(statePath);
  const gpu = file.subarray(layout.headerBytes + layout.gpuBytes);
  const at = (field: string, base = 0) => base + (fields[field] ?? NaN);
  const text = (field: string) => gpu.toString('latin1', at(field), gpu.indexOf(0, at(field)));
  const metric = gpuMetricByName('memory_total_bytes')?.id ?? NaN;
  const slot = layout.slotsAt + metric * layout.slotBytes;
  const { processesAt, powerSamplesAt } = layout;
  const ringHead = gpu.readUInt32LE(at('ringHead', powerSamplesAt));
  const newest = (Math.max(1, ringHead) - 1) % layout.sampleRingLength;
  const sample = at('ringSamples', powerSamplesAt) + newest * layout.sampleBytes;
  return {
    header: {
      gpuCount: file.readUInt32LE(at('gpuCount')),
      slotsPerGpu: file.readUInt32LE(at('slotsPerGpu')),
      persona: file.readUInt32LE(at('persona')),
      seed: file.readBigUInt64LE(at('seed')),
    },
    identity: {
      name: text('name'),
      uuid: text('uuid'),
      busId: text('busId'),
      words: ['board', 'arch', 'nvlinkCount', 'pcieGenMax', 'pcieWidthMax', 'powerLimitDefault'].map(
        (field) => gpu.readUInt32LE(at(field)),
      ),
      memoryTotal: gpu.readBigUInt64LE(at('memoryTotal')),
    },
    memoryTotalBytes: gpu.readDoubleLE(at('slotValue', slot)),
    slot: {
      isRead:
        gpu.readBigUInt64LE(at('slotSensor', slot)) > 0n && gpu.readUInt32LE(at('slotRefresh', slot)) >= 0,
      returnCode: gpu.readInt32LE(at('slotReturnCode', slot)),
    },
    process: {
      pid: gpu.readUInt32LE(at('processPid', processesAt)),
      memoryBytes: gpu.readBigUInt64LE(at('processMemory', processesAt)),
      timestampUs: gpu.readBigUInt64LE(at('processTimestamp', processesAt)),
    },
    ringHead,
    sample: {
      timestampUs: gpu.readBigUInt64LE(at('sampleTimestamp', sample)),
      value: gpu.readBigUInt64LE(at('sampleValue', sample)),
    },
  };
}
