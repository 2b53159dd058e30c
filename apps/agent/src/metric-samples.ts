import { HOST_GPU_INDEX, gpuMetricById, type GpuTier, type HostMetricScope } from '@fluidscope/trace-schema';
import type { LatestValue } from '@fluidscope/gpu-agent';
import { type AgentDescription } from '@fluidscope/telemetry-link';
import { NS_PER_S } from '@fluidscope/units';

/** One line of a Prometheus page. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A value that was not read for so long is no longer shown: a lost GPU must not look alive. Three periods of its tier or more. */
const GPU_STALE_AFTER_S: Readonly<Record<GpuTier, number>> = {
  fast: 5,
  counters: 5,
  gpm: 5,
  gauges: 5,
  buffered: 10,
  links: 5,
  processes: 5,
  inventory: 30,
  events: 0,
};
const HOST_STALE_AFTER_S = 5;

/** What a host metric's `sub_id` is called among labels, and how it is counted. */
const HOST_SUB_LABELS: Readonly<Record<HostMetricScope, string | undefined>> = {
  host: undefined,
  cpu: 'cpu',
  interface: 'interface',
  numa_node: 'numa_node',
  process: 'pid',
  cgroup: 'pid',
};

/** The newest values by metric id, without the stale ones. */
export function freshEnoughById(
  latest: Iterable<LatestValue>,
  nowNs: number,
): ReadonlyMap<number, readonly LatestValue[]> {
  const byId = new Map<number, LatestValue[]>();
  for (const value of latest) {
    if (nowNs - value.atNs > staleAfterNs(value)) continue;
    const values = byId.get(value.metricId);
    if (values === undefined) byId.set(value.metricId, [value]);
    else values.push(value);
  }
  return byId;
}

function staleAfterNs({ gpuIndex, metricId }: LatestValue): number {
  if (gpuIndex === HOST_GPU_INDEX) return HOST_STALE_AFTER_S * NS_PER_S;
  return GPU_STALE_AFTER_S[gpuMetricById(metricId)?.tier ?? 'events'] * NS_PER_S;
}

/** `{gpu: "0", uuid: "GPU-…"}`, with what `sub_id` names where it names something. */
export function gpuLabels(
  { gpuIndex, metricId, subId }: LatestValue,
  uuids: ReadonlyMap<number, string>,
): Record<string, string> {
  const labels = { gpu: String(gpuIndex), uuid: uuids.get(gpuIndex) ?? '' };
  if (subId === 0) return labels;
  switch (gpuMetricById(metricId)?.scope) {
    case 'link':
      return { ...labels, link: String(subId - 1) };
    case 'process':
      return { ...labels, pid: String(subId) };
    case 'gpu':
    case undefined:
      return { ...labels, mig_instance: String(subId - 1) };
  }
}

/** `{interface: "eth0"}`; CPUs and nodes by their number, sums over all without a label. */
export function hostLabels(
  { subId }: LatestValue,
  scope: HostMetricScope,
  subLabels: NonNullable<AgentDescription['host']>['sub_labels'],
): Record<string, string> {
  const label = HOST_SUB_LABELS[scope];
  if (label === undefined || subId === 0) return {};
  const name = label === 'pid' ? undefined : subLabels?.[scope]?.[String(subId)];
  return { [label]: name ?? String(label === 'pid' ? subId : subId - 1) };
}
