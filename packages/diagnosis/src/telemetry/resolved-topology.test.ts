import type { AgentRow } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import { expect, it } from 'vitest';
import { resolvedTopology } from './resolved-topology.js';

function agent(agentIndex: number, gpusCount: number): AgentRow {
  const gpus = Array.from({ length: gpusCount }, (_, index) => ({
    index,
    uuid: `GPU-${agentIndex}-${index}`,
    name: 'H100',
    metrics: [],
  }));
  return {
    agentIndex,
    agentId: `host-${agentIndex}`,
    url: `ws://host-${agentIndex}:7420`,
    originMonoNs: 0n,
    description: { hostname: `host-${agentIndex}`, gpus },
    timeNs: runNs(0),
  };
}

const AGENTS = [agent(0, 4), agent(1, 2)];

it('names the GPUs of each replica by rank, and those of the same agent that serve nobody', () => {
  const replica = { agent_url: 'ws://host-0:7420', gpus: ['2', 'GPU-0-1'], serves: true };
  expect(resolvedTopology([replica], AGENTS)).toEqual([
    { ...replica, agent_id: 'host-0', gpu_uuids: ['GPU-0-2', 'GPU-0-1'] },
    { gpu_uuids: ['GPU-0-0', 'GPU-0-3'], serves: false },
  ]);
});

it('takes no GPU for another’s where all of an agent serve', () => {
  const replicas = ['0', '1'].map((gpu) => ({ agent_url: 'ws://host-1:7420', gpus: [gpu], serves: true }));
  const resolved = resolvedTopology(replicas, AGENTS);
  expect(resolved?.map(({ gpu_uuids: uuids }) => uuids)).toEqual([['GPU-1-0'], ['GPU-1-1']]);
});

it('says nothing of an agent that has no such GPU, that never answered, or that tells of no GPUs', () => {
  const missing = [{ agent_url: 'ws://host-1:7420', gpus: ['0', '7'], serves: true }];
  expect(resolvedTopology(missing, AGENTS)).toEqual([]);
  expect(resolvedTopology(missing, [])).toEqual([]);
  expect(
    resolvedTopology(
      missing,
      AGENTS.map((each) => ({ ...each, description: {} })),
    ),
  ).toEqual([]);
});

it('keeps what already names ids, and nothing where the run tells no topology', () => {
  const known = { agent_id: 'host-9', gpu_uuids: ['GPU-9'], serves: false };
  expect(resolvedTopology([known], AGENTS)).toEqual([known]);
  expect(resolvedTopology(undefined, AGENTS)).toBeUndefined();
});
