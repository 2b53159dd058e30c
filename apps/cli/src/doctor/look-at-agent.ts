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
import { gpuStateText, sourceStateText } from './state-texts.js';

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

/** What it reads of GPUs, each GPU that is not well, its host, and what it would see with more rights. */
export function describeAgent(description: AgentDescription): readonly Finding[] {
  const { agent_id, gpus, host } = description;
  const hostState = host === undefined ? 'missing' : host.absent.length === 0 ? 'ok' : 'limited';
  return [
    { topic: 'agent', state: 'ok', expected: 'an agent answers', found: agent_id },
    sourceOf(description),
    ...gpus.flatMap(gpuOf),
    {
      topic: 'agent_host',
      state: hostState,
      expected: 'it reads its host',
      found: [
        `${host?.metrics.length ?? 0} metrics, ${host?.absent.length ?? 0} absent`,
        ...reasonsOf(host?.absent ?? []),
      ].join('; '),
    },
    ...rightsOf(description),
  ];
}

function sourceOf({
  gpu_source: { kind, state, detail, driver_version, ...rest },
  gpus,
}: AgentDescription): Finding {
  const isReady = state === 'ready';
  const common = { topic: 'agent_gpus', expected: 'it reads GPUs through NVML' };
  if (isReady && kind === 'nvml') {
    const driver = driver_version === undefined ? '' : `, driver ${driver_version}`;
    return { ...common, state: 'ok', found: `NVML${driver}, ${gpus.length} GPUs` };
  }
  // Under nvidia-smi the state is that of the child; NVML's own stands beside it.
  const nvmlState = 'nvml_state' in rest && typeof rest.nvml_state === 'string' ? rest.nvml_state : state;
  const [found, advice] = sourceStateText(nvmlState);
  const fallback = isReady
    ? `${gpus.length} GPUs through nvidia-smi, the fallback: once a second and less in it`
    : '';
  return {
    ...common,
    state: isReady ? 'limited' : 'missing',
    found: [fallback, found, detail].filter((part) => part !== '').join('; '),
    advice,
  };
}

/** Nothing for a GPU that is read. */
function gpuOf({ index, name, state, detail = '' }: AgentDescription['gpus'][number]): readonly Finding[] {
  if (state === 'ready') return [];
  const [found, advice] = gpuStateText(state);
  return [
    {
      topic: `agent_gpu_${index}`,
      state: state === 'stalled' || state === 'read_failed' ? 'limited' : 'missing',
      expected: 'it can be read',
      found: [`${name}: ${found}`, detail].filter((part) => part !== '').join('; '),
      advice,
    },
  ];
}

const DENIED = /permission|EACCES|EPERM/i;

/** What is absent only for want of rights. The agent needs none; with them it sees more. */
function rightsOf({ gpus, host }: AgentDescription): readonly Finding[] {
  const denied = [...gpus.flatMap(({ absent }) => absent), ...(host?.absent ?? [])]
    .filter(({ reason }) => DENIED.test(reason))
    .map(({ metric }) => metric);
  if (denied.length === 0) return [];
  return [
    {
      topic: 'agent_rights',
      state: 'limited',
      expected: 'no rights are needed; with more, more is seen',
      found: `denied to its user: ${[...new Set(denied)].join(', ')}`,
      advice:
        'Run it as root or in the host’s pid namespace for other users’ processes; process accounting is root’s to switch on (nvidia-smi -am 1).',
    },
  ];
}

function reasonsOf(absent: readonly { readonly reason: string }[]): readonly string[] {
  return [...new Set(absent.map(({ reason }) => reason))];
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
