import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { post, withSim } from './testing/sim-client.js';

const SEQUENCE_AT = 24;
const GPU_BYTES = 16_400;

it('publishes its GPUs, takes faults and removes the file at the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'llm-sim-gpus-'));
  const statePath = join(folder, 'state');
  const faultLogFile = join(folder, 'faults.ndjson');
  const engine = { kind: 'profile', profile: 'h100-llama3-8b' } as const;
  await withSim({ engine, gpus: { board: 'h100', gpuCount: 2, statePath, faultLogFile } }, async (sim) => {
    const state = readFileSync(statePath);
    expect(state.toString('latin1', 0, 8)).toBe('FSNVSIM1');
    expect([state.readUInt32LE(8), state.readUInt32LE(12), state.length]).toEqual([
      1,
      2,
      128 + 2 * GPU_BYTES,
    ]);
    expect(state.readBigUInt64LE(SEQUENCE_AT) % 2n).toBe(0n);
    expect(state.toString('latin1', 128, 139)).toBe('NVIDIA H100');

    const answer = await post(sim, '/sim/faults', { kind: 'xid', gpu: 1, xid: 79 });
    const { mono_ns } = (await answer.json()) as { mono_ns: string };
    const after = readFileSync(statePath);
    const at = 128 + GPU_BYTES + 512;
    expect([after.readUInt32LE(at), after.readUInt32LE(at + 16)]).toEqual([1, 79]);
    expect(after.readBigUInt64LE(at + 8)).toBe(BigInt(mono_ns));
    expect(JSON.parse(readFileSync(faultLogFile, 'utf8'))).toEqual({ mono_ns, kind: 'xid', gpu: 1, xid: 79 });

    expect((await post(sim, '/sim/faults', { kind: 'lost', gpu: 2 })).status).toBe(400);
    expect((await post(sim, '/sim/faults', { kind: 'melt' })).status).toBe(400);
  });
  expect(existsSync(statePath)).toBe(false);
  rmSync(folder, { recursive: true });
});
