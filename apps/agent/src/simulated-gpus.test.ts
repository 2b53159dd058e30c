import { connectAgent } from '@fluidscope/telemetry-link';
import { runNs } from '@fluidscope/units';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { startAgent } from './start-agent.js';

const LIBRARY = fileURLToPath(
  new URL('../../../native/nvml-sim/build/Release/libnvidia-ml.so.1', import.meta.url),
);
const ADDON = fileURLToPath(
  new URL('../../../native/nvml-sampler/build/Release/nvml-sampler.node', import.meta.url),
);
const isBuilt = existsSync(LIBRARY) && existsSync(ADDON);
if (!isBuilt) console.log('simulated GPUs: skipped, the native parts are not built (npm run build)');

/** The whole way: the simulated library, the native sampler, this agent, its page and its stream. */
it.skipIf(!isBuilt)(
  'serves the simulated GPUs of a library, and stops cleanly',
  { timeout: 30_000 },
  async () => {
    vi.stubEnv('FLUIDSCOPE_NVML_SIM_BOARDS', 'h100:2');
    const warnings: string[] = [];
    const running = await startAgent({
      listen: { host: '127.0.0.1', port: 0 },
      gpuAgent: { sampler: { library: LIBRARY, calibrationMs: 0 } },
      onWarning: (text) => warnings.push(text),
    });
    try {
      const seen = new Set<string>();
      const link = connectAgent(running.url.replace('http', 'ws'), {
        runClock: { nowNs: () => runNs(0) },
        onRecords: ({ length, gpuIndex, metricId }) => {
          for (let row = 0; row < length; row++) seen.add(`${gpuIndex[row] ?? -1}/${metricId[row] ?? -1}`);
        },
        onEvent: () => {},
        onLoss: () => {},
        onProbe: () => {},
        onState: () => {},
      });
      await link.ready;
      // Clock and energy of both GPUs, and the host's busy time.
      await vi.waitFor(
        () => expect([...seen]).toEqual(expect.arrayContaining(['0/1', '1/1', '1/10', '65535/1001'])),
        {
          timeout: 20_000,
        },
      );
      await link.close();
      const { gpu_source, gpus } = running.agent.describe();
      expect(gpu_source).toMatchObject({ kind: 'nvml', state: 'ready', library: LIBRARY });
      expect(gpus.map(({ index, state }) => [index, state])).toEqual([
        [0, 'ready'],
        [1, 'ready'],
      ]);
      const page = await (await fetch(`${running.url}/metrics`)).text();
      expect(page).toMatch(
        new RegExp(`^fluidscope_gpu_power_instant_mw\\{gpu="1",uuid="${gpus[1]?.uuid}"\\} \\d+$`, 'm'),
      );
      expect(page).toContain('fluidscope_agent_ring_overruns_total 0');
    } finally {
      await running.close();
      vi.unstubAllEnvs();
    }
    expect(warnings).toEqual([]);
  },
);
