import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coreTestsOf, testCore } from './core-tests.js';
import { hasNativeTools, run } from './native-tools.js';

testCore('nvml-sim', 'ok all');

describe.skipIf(!hasNativeTools)('a state file written from Node', () => {
  it('is shown value for value', { timeout: 60_000 }, async () => {
    expect(await shown(stateFile(0))).toEqual([
      'init 0',
      'name 0 Test Board',
      'uuid 0 GPU-test',
      'power 0 123456',
      'clock 0 1755',
      'energy 0 9007199254740993',
      'fan 3',
      'processes 0 1 4242 1073741824',
      'samples 0 1 87',
      'link 0 5',
    ]);
  });

  it.each([9, 18, 17, 999, 4])('makes init answer %d', { timeout: 60_000 }, async (code) => {
    expect(await shown(stateFile(code))).toEqual([`init ${code}`]);
  });

  it('of a wrong magic is no driver', { timeout: 60_000 }, async () => {
    expect(await shown(stateFile(0).fill(0, 0, 8))).toEqual(['init 9']);
  });
});

/** One GPU, as README.md lays it out. */
function stateFile(initCode: number): Buffer {
  const file = Buffer.alloc(128 + 16_400);
  file.write('FSNVSIM1', 0);
  file.writeUInt32LE(1, 8);
  file.writeUInt32LE(1, 12);
  file.writeUInt32LE(256, 16);
  file.writeInt32LE(initCode, 48);
  const gpu = file.subarray(128);
  gpu.write('Test Board', 0);
  gpu.write('GPU-test', 96);
  gpu.write('00000000:01:00.0', 192);
  gpu.writeUInt32LE(1, 244);
  gpu.writeUInt32LE(2, 256);
  gpu.writeUInt32LE(4242, 2048);
  gpu.writeBigUInt64LE(1n << 30n, 2048 + 8);
  gpu.writeUInt32LE(1, 14_344);
  gpu.writeBigUInt64LE(1n, 14_344 + 8);
  gpu.writeBigUInt64LE(87n, 14_344 + 16);
  const slot = (id: number) => 4096 + 32 * id;
  for (const id of [1, 5, 10, 204]) gpu.writeBigUInt64LE(1n, slot(id) + 8);
  gpu.writeDoubleLE(1755, slot(1));
  gpu.writeDoubleLE(123_456, slot(5));
  gpu.writeBigUInt64LE(9_007_199_254_740_993n, slot(10));
  gpu.writeBigUInt64LE(5n, slot(204));
  return file;
}

async function shown(state: Buffer): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nvml-sim-'));
  try {
    writeFileSync(join(folder, 'state'), state);
    const output = await run(coreTestsOf('nvml-sim', 'address,undefined'), ['show'], {
      FLUIDSCOPE_NVML_SIM_STATE: join(folder, 'state'),
    });
    return output.trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
