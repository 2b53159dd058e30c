import {
  readRecordedAgent,
  type AgentRow,
  type RecordedAgent,
  type TraceReader,
} from '@fluidscope/trace-schema';

/** Who gave a trace what it holds beside tokens, in words that an operator knows them by. */
export interface TraceSources {
  /** By a finding's `sourceId`; whatever is not here goes by that id. */
  readonly names: ReadonlyMap<string, string>;
  readonly agents: readonly AgentSource[];
}

export interface AgentSource {
  readonly hostname: string;
  /** How far its clock may be off the client's at the worst; `undefined` where none was fitted. */
  readonly clockBoundNs: number | undefined;
  /** By metric, the slowest of its GPUs: the sensor's own period, not how often it was read. Without those that never changed often enough to tell. */
  readonly refreshNs: ReadonlyMap<string, number>;
}

export const NO_SOURCES: TraceSources = { names: new Map(), agents: [] };

/** Reads only descriptions and clock fits: no sample. */
export async function readTraceSources(reader: TraceReader): Promise<TraceSources> {
  const agents = await reader.agents();
  if (agents.length === 0) return NO_SOURCES;
  const bounds = new Map<string, number>();
  for (const { agentId, boundNs } of await reader.clockOffsets())
    bounds.set(agentId, Math.max(bounds.get(agentId) ?? 0, boundNs));
  const read = agents.map((agent) => ({ agent, recorded: readRecordedAgent(agent.description) }));
  return {
    names: new Map(read.flatMap(({ agent, recorded }) => namesOf(agent, recorded))),
    agents: read.map(({ agent, recorded }) => ({
      hostname: recorded?.hostname ?? agent.agentId,
      clockBoundNs: bounds.get(agent.agentId),
      refreshNs: refreshesOf(recorded),
    })),
  };
}

function namesOf({ agentId }: AgentRow, recorded: RecordedAgent | undefined): [string, string][] {
  if (recorded === undefined) return [];
  const { hostname, gpus } = recorded;
  return [
    [agentId, `host ${hostname}`],
    ...gpus.map(({ index, uuid, name }): [string, string] => [
      `${agentId}/${uuid}`,
      `GPU ${index} of ${hostname} (${name}, ${uuid})`,
    ]),
  ];
}

function refreshesOf(recorded: RecordedAgent | undefined): ReadonlyMap<string, number> {
  const slowest = new Map<string, number>();
  for (const { metric, refresh_median_ns: refreshNs } of (recorded?.gpus ?? []).flatMap((gpu) => gpu.metrics))
    if (refreshNs !== null) slowest.set(metric, Math.max(slowest.get(metric) ?? 0, refreshNs));
  return slowest;
}
