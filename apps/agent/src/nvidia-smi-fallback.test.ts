import { connectAgent, type LinkEvent } from '@fluidscope/telemetry-link';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startAgent } from './start-agent.js';

const UUID = 'GPU-11111111-0000-0000-0000-000000000000';
const SM_CLOCK_ID = gpuMetricByName('sm_clock_mhz')?.id;

/** A child that lives: it prints a row each 20 ms, and dies after 20 of them until a file says that it may stay. */
const SCRIPT = `#!/bin/sh
case "$1" in --help-query-gpu) printf '"index"\\n"uuid"\\n"name"\\n"clocks.current.sm" or "clocks.sm"\\n'; exit 0;; esac
cd "$(dirname "$0")"
echo "$$" >> starts
echo "index, uuid, name, clocks.current.sm [MHz]"
i=0
while :; do
  echo "0, ${UUID}, NVIDIA A100, $((1400 + i % 7))"
  i=$((i + 1))
  if [ ! -e stay ] && [ $i -ge 20 ]; then echo "driver went away" >&2; exit 9; fi
  sleep 0.02
done
`;

it(
  'reads GPUs through one long-lived nvidia-smi where NVML cannot be loaded, starts it again, and says all that',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluidscope-smi-'));
    const command = join(folder, 'nvidia-smi');
    writeFileSync(command, SCRIPT);
    chmodSync(command, 0o755);
    const running = await startAgent({
      listen: { host: '127.0.0.1', port: 0 },
      gpuAgent: {
        sampler: { library: '/nowhere/libnvidia-ml.so.1', calibrationMs: 0 },
        nvidiaSmi: { command, intervalMs: 20, firstRetryMs: 20 },
      },
    });
    const events: LinkEvent[] = [];
    const clocks: number[] = [];
    const link = connectAgent(running.url.replace('http', 'ws'), {
      selection: SM_CLOCK_ID === undefined ? {} : { metricIds: [SM_CLOCK_ID] },
      runClock: { nowNs: () => runNs(0) },
      onRecords: ({ value }) => clocks.push(...value),
      onEvent: (event) => events.push(event),
      onLoss: () => {},
      onProbe: () => {},
      onState: () => {},
    });
    onTestFinished(async () => {
      await link.close();
      await running.close();
      rmSync(folder, { recursive: true });
    });
    const starts = (): number => readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').length;
    await vi.waitFor(() => expect(starts()).toBeGreaterThan(1), { timeout: 30_000 });
    writeFileSync(join(folder, 'stay'), '');
    // A child that was started while the file was not there may die once more.
    await vi.waitFor(() => expect(clocks.length).toBeGreaterThan(60), { timeout: 30_000 });
    expect(clocks.every((clock) => clock >= 1400 && clock < 1407)).toBe(true);
    const { gpu_source, gpus } = running.agent.describe();
    expect(gpu_source).toMatchObject({ kind: 'nvidia_smi', nvml_state: expect.any(String) as string });
    expect(gpu_source.detail).toContain('NVML is not used');
    expect(gpus).toMatchObject([{ index: 0, uuid: UUID, name: 'NVIDIA A100' }]);
    expect(JSON.stringify(events)).toContain('driver went away');
    // One child at a time, and no storm of them: each death costs a pause.
    const startsCount = starts();
    expect(startsCount).toBeLessThan(10);
    await vi.waitFor(() => expect(clocks.length).toBeGreaterThan(100), { timeout: 30_000 });
    expect(starts()).toBe(startsCount);
  },
);
