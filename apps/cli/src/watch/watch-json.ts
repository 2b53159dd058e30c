import { HOST_GPU_INDEX, SAMPLE_FLAGS, gpuMetricById, hostMetricById } from '@fluidscope/trace-schema';
import {
  type AgentDescription,
  type LinkEvent,
  type LinkLoss,
  type SampleColumns,
} from '@fluidscope/telemetry-link';
import type { WatchedLink } from './watch-state.js';

/**
 * NDJSON: one object a line, `type` says what it is. Times (`t_ns`) are ns since the agent's origin, on the agent's clock. A metric that
 * this version does not know is named `metric_<id>`.
 */
export function sampleLines(columns: SampleColumns, description: AgentDescription | undefined): string {
  const agentId = description?.agent_id ?? null;
  const uuids = new Map(description?.gpus.map(({ index, uuid }) => [index, uuid]));
  let text = '';
  for (let row = 0; row < columns.length; row++) {
    const gpu = columns.gpuIndex[row] ?? 0;
    const metricId = columns.metricId[row] ?? 0;
    const isHost = gpu === HOST_GPU_INDEX;
    const metric = isHost ? hostMetricById(metricId) : gpuMetricById(metricId);
    text += line({
      type: 'sample',
      agent_id: agentId,
      ...(isHost ? {} : { gpu, gpu_uuid: uuids.get(gpu) ?? null }),
      metric: metric?.name ?? `metric_${metricId}`,
      sub_id: columns.subId[row] ?? 0,
      t_ns: columns.beforeNs[row] ?? null,
      call_ns: columns.callNs[row] ?? null,
      value: columns.value[row] ?? null,
      fresh: ((columns.flags[row] ?? 0) & SAMPLE_FLAGS.fresh) !== 0,
    });
  }
  return text;
}

export function eventLine({ kind, agentNs, source, detail }: LinkEvent): string {
  return line({ type: 'event', kind, t_ns: agentNs, source, detail });
}

export function lossLine({ reason, count, fromAgentNs, toAgentNs }: LinkLoss): string {
  return line({
    type: 'loss',
    reason,
    count: count ?? null,
    from_ns: fromAgentNs ?? null,
    to_ns: toAgentNs ?? null,
  });
}

export function stateLine(state: WatchedLink): string {
  return line({ type: 'link', state: state.kind, ...('reason' in state ? { reason: state.reason } : {}) });
}

export function descriptionLine(description: AgentDescription): string {
  return line({ type: 'description', description });
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
