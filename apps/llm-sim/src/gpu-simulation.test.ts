import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GpuOptions } from './gpu-simulation.js';
import { GPU_STATE_LAYOUT as LAYOUT } from './gpu-state-layout.js';
import { startLlmSim, type LlmSim } from './start-llm-sim.js';
import { CHAT, chatBody, post, withSim } from './testing/sim-client.js';

const ENGINE = { kind: 'profile', profile: 'h100-llama3-8b' } as const;
const POWER_BRAKE_BIT = 0x80;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llm-sim-gpus-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function gpuOptions(more: Partial<GpuOptions> = {}): GpuOptions {
  return { board: 'h100', gpuCount: 2, statePath: join(folder, 'state'), ...more };
}

async function inject(sim: LlmSim, fault: object): Promise<string> {
  const answer = await post(sim, '/sim/faults', fault);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return (JSON.parse(text) as { mono_ns: string }).mono_ns;
}

function lines(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('publishes its GPUs, takes faults and removes the file at the end', async () => {
  const { statePath } = gpuOptions();
  const faultLogFile = join(folder, 'faults.ndjson');
  await withSim({ engine: ENGINE, gpus: gpuOptions({ faultLogFile }) }, async (sim) => {
    const state = readFileSync(statePath);
    expect(state.toString('latin1', 0, 8)).toBe('FSNVSIM1');
    expect([state.readUInt32LE(8), state.readUInt32LE(12), state.length]).toEqual([
      1,
      2,
      128 + 2 * (16_400 + 4_096),
    ]);
    expect(state.readBigUInt64LE(LAYOUT.sequenceAt) % 2n).toBe(0n);
    expect(state.toString('latin1', 128, 139)).toBe('NVIDIA H100');

    const mono_ns = await inject(sim, { kind: 'xid', gpu: 1, xid: 79 });
    const after = readFileSync(statePath);
    const at = 128 + LAYOUT.gpuBytes + 512;
    expect([after.readUInt32LE(at), after.readUInt32LE(at + 16)]).toEqual([1, 79]);
    expect(after.readBigUInt64LE(at + 8)).toBe(BigInt(mono_ns));
    expect(lines(faultLogFile)).toEqual([{ mono_ns, kind: 'xid', gpu: 1, xid: 79 }]);

    expect((await post(sim, '/sim/faults', { kind: 'lost', gpu: 2 })).status).toBe(400);
    expect((await post(sim, '/sim/faults', { kind: 'melt' })).status).toBe(400);
    const unknown = { kind: 'sensor_drop', gpu: 0, metric: 'mood_pct', ratio: 1 };
    expect((await post(sim, '/sim/faults', unknown)).status).toBe(400);
  });
  expect(existsSync(statePath)).toBe(false);
});

it('lets NVML answer what faults say, as soon as they are taken', async () => {
  const { statePath } = gpuOptions();
  const word = (at: number): number => readFileSync(statePath).readInt32LE(at);
  const first = LAYOUT.headerBytes;
  await withSim({ engine: ENGINE, gpus: gpuOptions() }, async (sim) => {
    await inject(sim, { kind: 'lost', gpu: 0 });
    expect(word(first + LAYOUT.deviceStateAt)).toBe(15);
    await inject(sim, { kind: 'back', gpu: 0 });
    expect(word(first + LAYOUT.deviceStateAt)).toBe(0);
    await inject(sim, { kind: 'sensor_error', gpu: 0, metric: 'energy_mj', code: 999 });
    const energyCodeAt = first + LAYOUT.slotsAt + 10 * LAYOUT.slotBytes + 16;
    expect(word(energyCodeAt)).toBe(999);
    await inject(sim, { kind: 'sensor_error', gpu: 0, metric: 'energy_mj', code: 0 });
    expect(word(energyCodeAt)).toBe(0);
    await inject(sim, { kind: 'call_stall', gpu: 0, ms: 2_000 });
    expect(word(first + LAYOUT.stallAt)).toBe(2_000);
    await inject(sim, { kind: 'init_code', code: 18 });
    await inject(sim, { kind: 'uuid_order', rotation: 1 });
    await inject(sim, { kind: 'call_cost', ratio: 0 });
    expect([word(LAYOUT.initCodeAt), word(LAYOUT.uuidOrderAt), word(LAYOUT.costScaleAt)]).toEqual([18, 1, 0]);
  });
});

it('logs the truth of every GPU, in which a fault acts at exactly its instant', async () => {
  const truthFile = join(folder, 'truth.ndjson');
  let atMonoNs = '';
  let overMonoNs = '';
  const gpus = gpuOptions({ truthFile, replicaGpuCount: 1 });
  await withSim({ engine: ENGINE, gpus }, async (sim) => {
    atMonoNs = await inject(sim, { kind: 'power_brake', gpu: 2, on: true });
    overMonoNs = await inject(sim, { kind: 'power_brake', gpu: 2, on: false });
    await inject(sim, { kind: 'engine_pause', ms: 1 });
  });
  const truth = lines(truthFile);
  expect(truth.filter(({ fault }) => fault !== undefined)).toHaveLength(3);
  const braked = truth.filter(({ reasons_mask }) => (Number(reasons_mask) & POWER_BRAKE_BIT) !== 0);
  expect(new Set(braked.map(({ gpu }) => gpu))).toEqual(new Set([2]));
  expect(braked[0]?.['from_mono_ns']).toBe(atMonoNs);
  expect(braked.at(-1)?.['to_mono_ns']).toBe(overMonoNs);
  for (const gpu of [0, 1, 2]) {
    const spans = truth.filter((line) => line['gpu'] === gpu);
    expect(spans.length).toBeGreaterThan(0);
    spans.slice(1).forEach(({ from_mono_ns }, index) => {
      expect(from_mono_ns).toBe(spans[index]?.['to_mono_ns']);
    });
  }
});

it('shows GPUs at work without a gap while the process itself is always late', async () => {
  const truthFile = join(folder, 'truth.ndjson');
  await withSim({ engine: ENGINE, gpus: gpuOptions({ gpuCount: 1, truthFile }) }, async (sim) => {
    const turn = setInterval(() => {
      const untilMs = performance.now() + 25;
      while (performance.now() < untilMs);
    }, 30);
    const answer = await post(sim, CHAT, chatBody({ max_tokens: 150, ignore_eos: true }));
    await answer.text();
    clearInterval(turn);
  });
  const spans = lines(truthFile);
  const isBusy = spans.map(({ busy }) => busy === true);
  const worked = spans.slice(isBusy.indexOf(true), isBusy.lastIndexOf(true) + 1);
  const lengthNs = (of: typeof spans): number =>
    of.reduce(
      (sum, { from_mono_ns, to_mono_ns }) =>
        sum + Number(BigInt(String(to_mono_ns)) - BigInt(String(from_mono_ns))),
      0,
    );
  expect(lengthNs(worked)).toBeGreaterThan(150 * 4_000_000);
  expect(lengthNs(worked.filter(({ busy }) => busy === false))).toBe(0);
});

it('does not start over a state file or a truth file that exists, and leaves none behind', async () => {
  const first = gpuOptions();
  await withSim({ engine: ENGINE, gpus: first }, async () => {
    await expect(startLlmSim({ engine: ENGINE, gpus: first })).rejects.toThrow('Expected to create');
  });
  const statePath = join(folder, 'other-state');
  await expect(
    startLlmSim({ engine: ENGINE, gpus: { ...first, statePath, truthFile: folder } }),
  ).rejects.toThrow('Expected to create the GPU truth file');
  expect(existsSync(statePath)).toBe(false);
});
