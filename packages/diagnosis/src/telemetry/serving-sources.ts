import type { RecordedReplica } from '@fluidscope/trace-schema';
import type { Telemetry } from './telemetry.js';

/**
 * Telemetry without the GPUs, hosts and servers that the run says served none of its requests: what befell them delayed nobody. What the
 * topology does not name stays. Without it, a cap on the GPU of another replica would be blamed for whatever happened at the same time.
 */
export function servingSources(
  telemetry: Telemetry,
  topology: readonly RecordedReplica[] | undefined,
): Telemetry {
  if (topology === undefined) return telemetry;
  const isKept = (nameOf: (replica: RecordedReplica) => readonly string[]): ((name: string) => boolean) => {
    const serving = new Set(topology.filter(({ serves }) => serves).flatMap(nameOf));
    const named = new Set(topology.flatMap(nameOf));
    return (name) => serving.has(name) || !named.has(name);
  };
  const keepsGpu = isKept(({ gpu_uuids = [] }) => gpu_uuids);
  const keepsAgent = isKept(({ agent_id }) => (agent_id === undefined ? [] : [agent_id]));
  const keepsServer = isKept(({ endpoint }) => (endpoint === undefined ? [] : [endpoint]));
  return {
    ...telemetry,
    gpus: telemetry.gpus.filter(({ gpuUuid, agentId }) => keepsGpu(gpuUuid) && keepsAgent(agentId)),
    hosts: telemetry.hosts.filter(({ sourceId }) => keepsAgent(sourceId)),
    servers: telemetry.servers.filter(({ sourceId }) => keepsServer(sourceId)),
  };
}
