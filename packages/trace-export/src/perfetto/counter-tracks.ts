import {
  GPU_METRICS,
  gpuMetricByName,
  HOST_METRICS,
  hostMetricByName,
  readRecordedAgent,
  type AgentRow,
  type SampleSeries,
  type TraceReader,
} from '@fluidscope/trace-schema';
import { type JoinedSpans } from './joined-spans.js';
import type { PacketWriter, Track } from './packet-writer.js';
import { groupBy } from '../group-by.js';

/** Samples in order of time. */
interface Samples {
  readonly timesNs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A batch of metrics at a time: a long run has many samples. */
export async function* gpuCounters(
  reader: TraceReader,
  packets: PacketWriter,
  { agent, parent }: { readonly agent: AgentRow; readonly parent: Track },
): AsyncGenerator<SampleSeries> {
  const gpus = readRecordedAgent(agent.description)?.gpus ?? [];
  const tracks = new Map<string, Track>();
  const trackOf = (uuid: string): Track => {
    const known = tracks.get(uuid);
    if (known !== undefined) return known;
    const gpu = gpus.find((each) => each.uuid === uuid);
    const track = packets.track(gpu === undefined ? `GPU ${uuid}` : `GPU ${gpu.index} ${gpu.name} ${uuid}`, {
      parent,
    });
    tracks.set(uuid, track);
    return track;
  };
  // In the order in which the machine counts them, whatever metric each has first.
  for (const { uuid } of gpus) trackOf(uuid);
  for (const metrics of metricBatches(GPU_METRICS.filter(({ kind }) => kind !== 'event'))) {
    const found = await reader.sampleSeries({ scope: 'gpu', metrics, agentId: agent.agentId });
    for (const series of found) {
      const { scope = 'gpu', unit = '' } = gpuMetricByName(series.metric) ?? {};
      const name = `${series.metric}${partText(scope === 'gpu' ? 'instance' : scope, series.subId)}`;
      writeCounter(packets, { ...samplesOf(series), name, unit, parent: trackOf(series.gpuUuid ?? '') });
      yield series;
    }
  }
}

/** Names to be read at once: those of the fast tier alone, for each of them has as many samples as all others together. */
function metricBatches(
  metrics: readonly { readonly name: string; readonly tier: string }[],
): readonly (readonly string[])[] {
  return [...groupBy(metrics, ({ name, tier }) => (tier === 'fast' ? name : tier)).values()].map((batch) =>
    batch.map(({ name }) => name),
  );
}

/** Of the host as a whole, its interfaces, NUMA nodes, processes and control groups; of single CPUs nothing: they are hundreds. */
export async function* hostCounters(
  reader: TraceReader,
  packets: PacketWriter,
  { agent, parent }: { readonly agent: AgentRow; readonly parent: Track },
): AsyncGenerator<SampleSeries> {
  for (const metrics of metricBatches(HOST_METRICS)) {
    const found = await reader.sampleSeries({ scope: 'host', metrics, agentId: agent.agentId });
    for (const series of found) {
      const { scope = 'host', unit = '' } = hostMetricByName(series.metric) ?? {};
      if (scope === 'cpu' && series.subId !== 0) continue;
      const name = `${series.metric}${partText(scope, series.subId)}`;
      writeCounter(packets, { ...samplesOf(series), name, unit, parent });
      yield series;
    }
  }
}

/** What `sub_id` names, as the metrics' scopes say. */
function partText(scope: string, subId: number): string {
  if (subId === 0) return '';
  return scope === 'process' || scope === 'cgroup' ? ` of pid ${subId}` : ` of ${scope} ${subId - 1}`;
}

/** Spans in which the agent's clock was too loosely bound to be laid beside tokens. */
export function addLooseClock(spans: JoinedSpans, { timeNs, boundNs }: SampleSeries, limitNs: number): void {
  boundNs.forEach((bound, index) => {
    const atNs = timeNs[index] ?? NaN;
    if (bound > limitNs) spans.add(atNs - bound, atNs + bound);
  });
}

export interface NamedCounter extends Samples {
  readonly name: string;
  readonly unit: string;
  readonly parent: Track;
}

/** A counter holds until its next value, so a repeat says nothing new but at the end, where it says how far the samples reach. */
export function writeCounter(
  packets: PacketWriter,
  { timesNs, values, name, unit, parent }: NamedCounter,
): void {
  const track = packets.track(name, { parent, counterUnit: unit });
  let written = NaN;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value) || (value === written && index < values.length - 1)) continue;
    packets.counter(track, timesNs[index] ?? NaN, value);
    written = value;
  }
}

function samplesOf({ timeNs, value }: SampleSeries): Samples {
  return { timesNs: timeNs, values: value };
}

/** Rows of the engine's or the client's own metrics, by metric. */
export function writeRowCounters(
  packets: PacketWriter,
  rows: readonly { readonly metric: string; readonly timeNs: number; readonly value: number }[],
  parent: Track,
): void {
  for (const [metric, ofMetric] of groupBy(rows, (row) => row.metric)) {
    writeCounter(packets, {
      timesNs: ofMetric.map(({ timeNs }) => timeNs),
      values: ofMetric.map(({ value }) => value),
      name: metric,
      unit: hostMetricByName(metric)?.unit ?? unitOf(metric),
      parent,
    });
  }
}

/** Names end in their unit. */
function unitOf(metric: string): string {
  return /_(ns|us|ms|s|bytes|ratio|pct|count|tokens|per_s|mw|mj)$/.exec(metric)?.[1] ?? '';
}
