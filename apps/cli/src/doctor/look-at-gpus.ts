import { messageOf } from '@fluidscope/errors';
import type { HostFacts } from '@fluidscope/host-probes';
import { loadAddon, openSampler, type SamplerDescription } from '@fluidscope/nvml-sampler';
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from './finding.js';
import { gpuStateText, STATE_TEXTS } from './state-texts.js';

/** The sampler measures each metric for two seconds; a driver that does not answer is given a little more. */
const LOOK_MS = 4_000;
const POLL_MS = 50;
const SMI_TIMEOUT_MS = 5_000;
const NS_PER_US = 1_000;
const NS_PER_MS = 1_000_000;

export async function lookAtGpus(facts: HostFacts, interrupted: AbortSignal): Promise<readonly Finding[]> {
  const addon = loadAddon();
  const native: Finding = {
    topic: 'native_sampler',
    expected: 'the native NVML sampler is built',
    ...(addon.isAvailable
      ? { state: 'ok', found: 'it loads' }
      : { state: 'limited', found: addon.reason, advice: addon.hint }),
  };
  const gpus = addon.isAvailable ? await lookThroughNvml(facts, interrupted) : [];
  return [native, ...gpus, await lookAtNvidiaSmi()];
}

async function lookThroughNvml(facts: HostFacts, interrupted: AbortSignal): Promise<readonly Finding[]> {
  try {
    return describeNvml(await watchSampler(interrupted), facts);
  } catch (error) {
    return [{ topic: 'nvml', state: 'missing', expected: 'the sampler starts', found: messageOf(error) }];
  }
}

async function watchSampler(interrupted: AbortSignal): Promise<SamplerDescription> {
  const seen = { isCalibrated: false };
  using sampler = openSampler({
    onRecords: () => {},
    onEvent: ({ kind }) => {
      seen.isCalibrated ||= kind === 'calibrated';
    },
  });
  for (let waitedMs = 0; waitedMs < LOOK_MS && !interrupted.aborted; waitedMs += POLL_MS) {
    const { state } = sampler.describe();
    if (seen.isCalibrated || (state !== 'starting' && state !== 'ready')) break;
    await sleep(POLL_MS);
  }
  return sampler.describe();
}

/** The library's state, then each GPU with what was measured of its metrics. */
export function describeNvml(described: SamplerDescription, facts: HostFacts): readonly Finding[] {
  const [found, advice] = STATE_TEXTS[described.state];
  const isReady = described.state === 'ready';
  const library: Finding = {
    topic: 'nvml',
    state: isReady ? 'ok' : 'missing',
    expected: 'NVML opens and its driver answers',
    found: isReady
      ? `${described.library}, driver ${described.driverVersion}, NVML ${described.nvmlVersion}`
      : [found, described.detail, kernelModuleText(facts)].filter((part) => part !== '').join('; '),
    ...(isReady ? {} : { advice }),
  };
  return [library, ...described.gpus.map(describeGpu)];
}

function kernelModuleText({ nvidiaDriverVersion, hasNvidiaDevice }: HostFacts): string {
  if (nvidiaDriverVersion !== undefined) return `kernel module ${nvidiaDriverVersion} is loaded`;
  return hasNvidiaDevice ? 'device files are there, no kernel module shows' : 'no kernel module is loaded';
}

function describeGpu(gpu: SamplerDescription['gpus'][number]): Finding {
  const calls = gpu.metrics.map(
    ({ metric, callP50Ns, callP99Ns, refreshMedianNs }) =>
      `${metric} ${(callP50Ns / NS_PER_US).toFixed(0)}/${(callP99Ns / NS_PER_US).toFixed(0)} µs${
        refreshMedianNs === null ? '' : ` every ${(refreshMedianNs / NS_PER_MS).toFixed(0)} ms`
      }`,
  );
  const absent = gpu.absent.map(({ metric, reason }) => `${metric} (${reason})`);
  const [gpuText, advice] = gpuStateText(gpu.state);
  const isWhole = gpu.state === 'ready' && absent.length === 0;
  return {
    topic: `gpu_${gpu.index}`,
    state: gpu.state === 'ready' ? (isWhole ? 'ok' : 'limited') : 'missing',
    expected: 'every metric is there; call cost p50/p99 and real refresh are measured',
    found: [
      `${gpu.name} ${gpu.uuid}: ${gpuText || gpu.state}`,
      ...(calls.length > 0 ? [calls.join(', ')] : []),
      ...(absent.length > 0 ? [`absent: ${absent.join(', ')}`] : []),
    ].join('; '),
    ...(advice === '' ? {} : { advice }),
  };
}

async function lookAtNvidiaSmi(): Promise<Finding> {
  const expected = 'nvidia-smi runs, the fallback where NVML cannot load';
  const outcome = await new Promise<string | Error>((resolve) => {
    execFile('nvidia-smi', ['-L'], { timeout: SMI_TIMEOUT_MS }, (error, stdout) => resolve(error ?? stdout));
  });
  if (typeof outcome === 'string') {
    const count = outcome.split('\n').filter((line) => line.startsWith('GPU ')).length;
    return { topic: 'nvidia_smi', state: 'ok', expected, found: `it runs and lists ${count} GPUs` };
  }
  return {
    topic: 'nvidia_smi',
    state: 'missing',
    expected,
    found: messageOf(outcome).trim(),
    advice: 'It comes with NVIDIA’s driver; nothing is lost without it where NVML works.',
  };
}
