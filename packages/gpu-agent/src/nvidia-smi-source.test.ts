import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { type AgentEvent, type AgentLoss } from '@fluidscope/telemetry-link';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LatestValues } from './latest-values.js';
import { NvidiaSmiSource } from './nvidia-smi-source.js';

const UUID = 'GPU-11111111-0000-0000-0000-000000000000';
const HELP = `case "$1" in --help-query-gpu) printf '"index"\\n"uuid"\\n"name"\\n"clocks.current.sm" or "clocks.sm"\\n"fan.speed"\\n'; exit 0;; esac`;
const HEADER = 'index, uuid, name, clocks.current.sm [MHz], fan.speed [%]';
const ROW = `0, ${UUID}, NVIDIA A100, 1410, [N/A]`;

let folder: string;
let source: NvidiaSmiSource | undefined;
let events: AgentEvent[];
let losses: AgentLoss[];
let latest: LatestValues;
let recordsCount: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smi-'));
  [events, losses, recordsCount] = [[], [], 0];
  latest = new LatestValues(0n);
});
afterEach(() => {
  source?.[Symbol.dispose]();
  source = undefined;
  rmSync(folder, { recursive: true });
});

/** A program of that name which does what the script says: a real child, pipes and signals, without a driver. */
function open(script: string, silenceMs = 60_000): void {
  const command = join(folder, 'nvidia-smi');
  writeFileSync(command, `#!/bin/sh\ncd ${folder}\n${HELP}\necho "$@" >> calls\n${script}\n`);
  chmodSync(command, 0o755);
  source = new NvidiaSmiSource(
    {
      onRecords: (records) => {
        recordsCount += records.length / SAMPLE_RECORD_BYTES;
        latest.addRecords(records);
      },
      onEvent: (event) => events.push(event),
      onLoss: (loss) => losses.push(loss),
    },
    { command, intervalMs: 20, firstRetryMs: 5, silenceMs },
    () => process.hrtime.bigint(),
  );
}

function states(): unknown[] {
  return events
    .filter(({ kind }) => kind === 'state')
    .map(({ detail }) => (detail as { state: string }).state);
}

function details(): string {
  return JSON.stringify(events.map(({ detail }) => detail));
}

it('asks only for fields that it has, and gives the rows of one long-lived child as samples', async () => {
  open(`echo "${HEADER}"; for i in 1 2 3; do echo "${ROW}"; done; exec sleep 60`);
  await vi.waitFor(() => expect(recordsCount).toBe(3), { timeout: 10_000 });
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe(
    '--query-gpu=index,uuid,name,clocks.current.sm,fan.speed --format=csv,nounits -lms 20\n',
  );
  const clock = latest.get(0, 1);
  expect(clock).toMatchObject({ value: 1410 });
  // The second and third reading repeat the first.
  expect(clock?.freshAtNs).toBeLessThanOrEqual(clock?.atNs ?? 0);
  expect(source?.describe()).toMatchObject({
    gpu_source: { kind: 'nvidia_smi', state: 'ready' },
    gpus: [{ index: 0, uuid: UUID, name: 'NVIDIA A100', state: 'ready' }],
  });
  const { absent } = source!.describe().gpus[0]!;
  expect(absent).toContainEqual({ metric: 'fan_speed_pct', reason: '[N/A]' });
  expect(absent).toContainEqual({ metric: 'utilization_gpu_pct', reason: 'nvidia-smi has no such field' });
});

it('replaces a child that ends, and says why it ended', async () => {
  open(`echo "${HEADER}"; echo "${ROW}"; echo "driver went away" >&2; exit 9`);
  await vi.waitFor(() => expect(recordsCount).toBeGreaterThan(1), { timeout: 10_000 });
  expect(states().slice(0, 3)).toEqual(['ready', 'nvidia_smi_failed', 'ready']);
  expect(details()).toContain('ended with status 9: driver went away');
});

it('replaces a child that hangs, and tells what was not read meanwhile', async () => {
  open(`echo $$ >> pids; echo "${HEADER}"; echo "${ROW}"; exec sleep 60`, 200);
  await vi.waitFor(() => expect(recordsCount).toBeGreaterThan(1), { timeout: 10_000 });
  expect(details()).toContain('no line for 200 ms');
  // Left alone, one more child would hang in the driver with each try.
  const [first = 0] = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
  await vi.waitFor(() => expect(() => process.kill(first, 0)).toThrow('ESRCH'), { timeout: 10_000 });
  expect(losses[0]).toMatchObject({ reason: 'nvidia_smi_down' });
  expect(losses[0]?.count).toBeGreaterThan(0);
});

it('survives a child that floods one line, and text that is none of its rows', async () => {
  open(`if [ -e flooded ]; then echo "${HEADER}"; echo "¶ odd, text"; echo "${ROW}"; exec sleep 60; fi
touch flooded; head -c 200000 /dev/zero | tr '\\0' x; exec sleep 60`);
  await vi.waitFor(() => expect(recordsCount).toBe(1), { timeout: 10_000 });
  expect(details()).toContain('a line of more than 65536 bytes');
});

it('says that a GPU is lost, once', async () => {
  open(`echo "${HEADER}"; echo "${ROW}"; for i in 1 2; do echo "0, [GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost]"; done
exec sleep 60`);
  await vi.waitFor(() => expect(events.some(({ kind }) => kind === 'gpu_state')).toBe(true), {
    timeout: 10_000,
  });
  expect(events.filter(({ kind }) => kind === 'gpu_state')).toHaveLength(1);
  expect(source?.describe().gpus[0]).toMatchObject({ state: 'lost', uuid: UUID });
});

it('says that the program is not there, and keeps asking', async () => {
  source = new NvidiaSmiSource(
    { onRecords: () => {}, onEvent: (event) => events.push(event), onLoss: () => {} },
    { command: join(folder, 'none'), intervalMs: 20, firstRetryMs: 5 },
    () => process.hrtime.bigint(),
  );
  await vi.waitFor(() => expect(states()).toEqual(['nvidia_smi_failed']), { timeout: 10_000 });
  expect(source.describe().gpu_source.detail).toContain('ENOENT');
});
