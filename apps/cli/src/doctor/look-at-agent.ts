import { FluidscopeError, messageOf } from '@fluidscope/errors';
import {
  connectAgent,
  type AgentAccess,
  type AgentDescription,
  type LinkProbe,
} from '@fluidscope/telemetry-link';
import { runNs } from '@fluidscope/units';
import { setTimeout as sleep } from 'node:timers/promises';
import { linkUrlOf } from '../agent-access.js';
import type { Finding } from './finding.js';

/** The opening burst of probes takes a sixth of a second and the way there and back. */
const PROBING_MS = 500;
const NS_PER_US = 1_000;
/** Beyond this, sensor lag no longer dominates what is unknown about time. */
const WIDE_BOUND_NS = 2_000_000;

/** What an agent says of itself, and how well its clock can be read from here. An agent that cannot be reached is a finding. */
export async function lookAtAgent(url: string, access: AgentAccess): Promise<readonly Finding[]> {
  const probes: LinkProbe[] = [];
  const startNs = process.hrtime.bigint();
  const link = connectAgent(linkUrlOf(url), {
    ...access,
    selection: { metricIds: [] },
    runClock: { nowNs: () => runNs(Number(process.hrtime.bigint() - startNs)) },
    onRecords: () => {},
    onEvent: () => {},
    onLoss: () => {},
    onProbe: (probe) => probes.push(probe),
    onState: () => {},
  });
  try {
    const { description } = await link.ready;
    await sleep(PROBING_MS);
    return [...describeAgent(description), clockOf(probes)];
  } catch (error) {
    return [unreachable(url, error)];
  } finally {
    await link.close();
  }
}

function unreachable(url: string, error: unknown): Finding {
  const advice = error instanceof FluidscopeError ? error.hint : undefined;
  return {
    topic: 'agent',
    state: 'missing',
    expected: `an agent answers at ${url}`,
    found: messageOf(error),
    ...(advice === undefined ? {} : { advice }),
  };
}

export function describeAgent({ agent_id, gpu_source, gpus, host }: AgentDescription): readonly Finding[] {
  const isReady = gpu_source.state === 'ready';
  const hostState = host === undefined ? 'missing' : host.absent.length === 0 ? 'ok' : 'limited';
  return [
    { topic: 'agent', state: 'ok', expected: 'an agent answers', found: agent_id },
    {
      topic: 'agent_gpus',
      state: isReady ? (gpu_source.kind === 'nvml' ? 'ok' : 'limited') : 'missing',
      expected: 'it reads GPUs through NVML',
      found: `${gpu_source.kind}, ${gpu_source.state}, ${gpus.length} GPUs${gpu_source.detail === '' ? '' : `: ${gpu_source.detail}`}`,
      ...(isReady ? {} : { advice: 'Run fluidscope doctor on that machine.' }),
    },
    {
      topic: 'agent_host',
      state: hostState,
      expected: 'it reads its host',
      found: `${host?.metrics.length ?? 0} metrics, ${host?.absent.length ?? 0} absent`,
    },
  ];
}

/** The probe that was quickest there and back bounds the offset best: half of its delay, whatever the asymmetry. */
export function clockOf(probes: readonly LinkProbe[]): Finding {
  const expected = 'its clock can be read from here within 2 ms';
  const delaysNs = probes.map(({ t1Ns, t2Ns, t3Ns, t4Ns }) => t4Ns - t1Ns - (t3Ns - t2Ns));
  if (delaysNs.length === 0) {
    return { topic: 'agent_clock', state: 'missing', expected, found: 'no probe came back' };
  }
  const boundNs = Math.min(...delaysNs) / 2;
  const isWide = boundNs > WIDE_BOUND_NS;
  return {
    topic: 'agent_clock',
    state: isWide ? 'limited' : 'ok',
    expected,
    found: `${delaysNs.length} probes, least round trip ${((2 * boundNs) / NS_PER_US).toFixed(0)} µs, so within ${(boundNs / NS_PER_US).toFixed(0)} µs`,
    ...(isWide ? { advice: 'Run the client nearer to the GPU host.' } : {}),
  };
}
