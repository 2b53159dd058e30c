import { startGpuAgent } from '@fluidscope/gpu-agent';
import { startLlmSim } from '@fluidscope/llm-sim';
import { simulatedNvmlPath } from '@fluidscope/nvml-sim';
import { loadAddon } from '@fluidscope/nvml-sampler';
import { GPU_BOARDS } from '@fluidscope/serving-sim';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';

const library = simulatedNvmlPath('595');
const isBuilt = 'path' in library && loadAddon().isAvailable;
if (!isBuilt) console.log('MIG instances of simulated GPUs: not tested, the native parts are not built');

it.skipIf(!isBuilt)(
  'shows an agent the MIG instances of a simulated GPU, their memory and their work',
  { timeout: 30_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulated-mig-'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });
    const statePath = join(folder, 'state');
    const sim = await startLlmSim({
      engine: { kind: 'profile', profile: 'h100-llama3-8b' },
      seed: 1,
      gpus: { board: 'h100', gpuCount: 1, migSlices: [4, 2], statePath },
    });
    onTestFinished(() => sim.close());
    vi.stubEnv('FLUIDSCOPE_NVML_SIM_STATE', statePath);
    using agent = startGpuAgent({
      sampler: { library: 'path' in library ? library.path : '', calibrationMs: 0 },
    });
    const valueOf = (metric: string, subId: number): number | undefined =>
      agent.latest.get(0, gpuMetricByName(metric)?.id ?? NaN, subId)?.value;
    // An instance's sub_id is its id and one.
    await vi.waitFor(
      () => {
        for (const subId of [0, 2, 3])
          for (const metric of ['memory_used_bytes', 'gpm_sm_pct'])
            expect(valueOf(metric, subId), `${metric} of ${subId}`).toBeGreaterThanOrEqual(0);
      },
      { timeout: 20_000 },
    );
    expect(agent.describe().gpus).toMatchObject([{ state: 'ready', mig_instance_ids: [1, 2] }]);
    const { memoryTotalBytes } = GPU_BOARDS.h100;
    expect(valueOf('memory_total_bytes', 2)).toBe(memoryTotalBytes / 2);
    expect(valueOf('memory_total_bytes', 3)).toBe(memoryTotalBytes / 4);
    const usedRatio = (valueOf('memory_used_bytes', 0) ?? NaN) / memoryTotalBytes;
    expect(valueOf('memory_used_bytes', 2)).toBeCloseTo((usedRatio * memoryTotalBytes) / 2, -3);
    expect(valueOf('memory_used_bytes', 3)).toBeCloseTo((usedRatio * memoryTotalBytes) / 4, -3);
  },
);
