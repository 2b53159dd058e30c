import { GPU_BOARDS } from '@fluidscope/serving-sim';
import type { Json } from '@fluidscope/trace-schema';
import type { AgentTelemetry } from '../scenario.js';
import { textKey } from '../text-key.js';
import type { VirtualRun } from '../virtual-run.js';

export function agentIdOf(replicaIndex: number): string {
  return `replica-${replicaIndex}-${(textKey(`boot/${replicaIndex}`) >>> 0).toString(16).padStart(8, '0')}`;
}

export function gpuUuidOf(replicaIndex: number, gpuIndex: number): string {
  const hex = (part: number): string =>
    (textKey(`gpu/${replicaIndex}/${gpuIndex}/${part}`) >>> 0).toString(16).padStart(8, '0');
  return `GPU-${hex(0)}-${hex(1).slice(0, 4)}-${hex(1).slice(4)}-${hex(2).slice(0, 4)}-${hex(2).slice(4)}${hex(3)}`;
}

/** What a real agent's `/v1/describe` says, as far as a trace keeps it. */
export function agentDescription(
  { scenario }: VirtualRun,
  replicaIndex: number,
  telemetry: AgentTelemetry,
): Json {
  const { board, countPerReplica } = scenario.gpus;
  const gpus = Array.from({ length: telemetry.gpu ? countPerReplica : 0 }, (_, index) => ({
    index,
    uuid: gpuUuidOf(replicaIndex, index),
    name: GPU_BOARDS[board].productName,
    state: 'ready',
    absent: [],
    metrics: [],
  }));
  return {
    agent_id: agentIdOf(replicaIndex),
    hostname: `replica-${replicaIndex}`,
    versions: { agent: 'simulated' },
    gpu_source: telemetry.gpu
      ? { kind: 'nvml', state: 'ready', detail: 'simulated', fast_hz: telemetry.fastPerS }
      : { kind: 'none', state: 'unavailable', detail: 'no GPU telemetry' },
    gpus,
    host: { absent: [], metrics: [] },
  };
}
