import { readRecordedAgent, type AgentRow, type RecordedReplica } from '@fluidscope/trace-schema';

/**
 * A topology whose replicas name their agent by its address, and their GPUs by index or UUID, with the ids that samples carry; the other GPUs of such an agent serve
 * nobody of this run. An agent that never answered, or that has no such GPU, is left without a word: all of it stays.
 */
export function resolvedTopology(
  topology: readonly RecordedReplica[] | undefined,
  agents: readonly AgentRow[],
): readonly RecordedReplica[] | undefined {
  if (topology === undefined) return undefined;
  const byAgent = agents.flatMap((agent) => replicasOf(agent, topology));
  return [...topology.filter(({ agent_url: url }) => url === undefined), ...byAgent];
}

function replicasOf(
  { agentId, url, description }: AgentRow,
  topology: readonly RecordedReplica[],
): readonly RecordedReplica[] {
  const known = readRecordedAgent(description)?.gpus ?? [];
  const uuidOf = (name: string): string | undefined =>
    known.find(({ index, uuid }) => name === String(index) || name === uuid)?.uuid;
  const named = topology
    .filter((replica) => replica.agent_url === url)
    .map((replica) => ({ replica, uuids: (replica.gpus ?? []).map(uuidOf) }));
  const serving = new Set(named.flatMap(({ uuids }) => uuids));
  if (named.length === 0 || serving.has(undefined)) return [];
  const others = known.filter(({ uuid }) => !serving.has(uuid)).map(({ uuid }) => uuid);
  return [
    ...named.map(({ replica, uuids }) => ({
      ...replica,
      agent_id: agentId,
      gpu_uuids: uuids.filter((uuid) => uuid !== undefined),
    })),
    ...(others.length === 0 ? [] : [{ gpu_uuids: others, serves: false }]),
  ];
}
