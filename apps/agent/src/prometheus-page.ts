import type { GpuAgent, LatestValue } from '@fluidscope/gpu-agent';
import type { AgentDescription, ReaderFigures, TelemetryServer } from '@fluidscope/telemetry-link';
import { GPU_METRICS, HOST_METRICS, type HostMetricScope } from '@fluidscope/trace-schema';
import { NS_PER_S } from '@fluidscope/units';
import { Counter, Gauge, Registry } from 'prom-client';
import { freshEnoughById, gpuLabels, hostLabels, type MetricSample } from './metric-samples.js';

type Kind = 'gauge' | 'counter';

/** What one page is made of, read once: all its lines are of one moment. */
interface Moment {
  readonly description: AgentDescription;
  readonly byId: ReadonlyMap<number, readonly LatestValue[]>;
}

interface Series {
  readonly name: string;
  readonly help: string;
  readonly kind: Kind;
  readonly labelNames: readonly string[];
  readonly read: (moment: Moment) => readonly MetricSample[];
}

const GPU_LABELS = ['gpu', 'uuid', 'link', 'pid', 'mig_instance'];
const HOST_LABELS = ['cpu', 'interface', 'numa_node', 'pid'];

/** The newest values in Prometheus' text format, in a registry of its own: two agents in one process do not mix. */
export class PrometheusPage {
  readonly #registry = new Registry();
  readonly #agent: GpuAgent;
  readonly #monoNowNs: () => bigint;
  #moment: Moment;

  constructor(agent: GpuAgent, monoNowNs: () => bigint) {
    this.#agent = agent;
    this.#monoNowNs = monoNowNs;
    this.#moment = this.#now();
    for (const series of [...gpuSeries(), ...hostSeries(), ...ownSeries(agent)]) this.#add(series);
  }

  /** Shows the link's own figures too. */
  addLink(link: TelemetryServer): void {
    for (const series of linkSeries(link)) this.#add(series);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    this.#moment = this.#now();
    return this.#registry.metrics();
  }

  #now(): Moment {
    const nowNs = Number(this.#monoNowNs() - this.#agent.originMonoNs);
    return { description: this.#agent.describe(), byId: freshEnoughById(this.#agent.latest, nowNs) };
  }

  #add({ name, help, kind, labelNames, read }: Series): void {
    const samples = () => read(this.#moment);
    const common = { name, help, labelNames: [...labelNames], registers: [this.#registry] };
    if (kind === 'counter') {
      new Counter({
        ...common,
        collect() {
          this.reset();
          for (const { labels, value } of samples()) this.inc({ ...labels }, value);
        },
      });
    } else {
      new Gauge({
        ...common,
        collect() {
          this.reset();
          for (const { labels, value } of samples()) this.set({ ...labels }, value);
        },
      });
    }
  }
}

function gpuSeries(): readonly Series[] {
  const values = GPU_METRICS.filter(({ kind }) => kind !== 'event').map(
    ({ id, name, unit, kind, tier }): Series => ({
      name: `fluidscope_gpu_${name}`,
      help: `GPU, ${unit}, tier ${tier}`,
      kind: kind === 'counter' ? 'counter' : 'gauge',
      labelNames: GPU_LABELS,
      read: ({ byId, description }) => {
        const uuids = new Map(description.gpus.map(({ index, uuid }) => [index, uuid]));
        return (byId.get(id) ?? []).map((each) => ({ labels: gpuLabels(each, uuids), value: each.value }));
      },
    }),
  );
  const up: Series = {
    name: 'fluidscope_gpu_up',
    help: '1 while the GPU can be read, else 0 with the reason as its state',
    kind: 'gauge',
    labelNames: ['gpu', 'uuid', 'name', 'state'],
    read: ({ description }) =>
      description.gpus.map(({ index, uuid, name, state }) => ({
        labels: { gpu: String(index), uuid, name, state },
        value: state === 'ready' ? 1 : 0,
      })),
  };
  return [...values, up];
}

function hostSeries(): readonly Series[] {
  return HOST_METRICS.map(({ id, name, unit, kind, tier, scope }) => ({
    // Some names begin with the word already: fluidscope_host_memory_available_bytes.
    name: `fluidscope_host_${name.replace(/^host_/, '')}`,
    help: `Host, ${unit}, tier ${tier}`,
    kind,
    labelNames: HOST_LABELS,
    read: ({ byId, description }) =>
      withoutSum(byId.get(id) ?? [], scope).map((each) => ({
        labels: hostLabels(each, scope, description.host?.sub_labels),
        value: each.value,
      })),
  }));
}

/** Prometheus sums by itself; the sum of all CPUs beside them would be counted twice. */
function withoutSum(values: readonly LatestValue[], scope: HostMetricScope): readonly LatestValue[] {
  return scope === 'cpu' ? values.filter(({ subId }) => subId > 0) : values;
}

function own(name: string, kind: Kind, help: string, read: () => number): Series {
  const series = { name: `fluidscope_agent_${name}`, help, kind, labelNames: [] };
  return { ...series, read: () => [{ labels: {}, value: read() }] };
}

function linkSeries(link: TelemetryServer): readonly Series[] {
  return [
    own('subscribers', 'gauge', 'Readers of the stream', () => link.readersCount),
    own('clock_sockets', 'gauge', 'Sockets that probe the clock', () => link.clockSocketsCount),
    own('backlog_bytes', 'gauge', 'Kept of the stream for readers that are behind', () => link.backlogBytes),
    own('dropped_samples_total', 'counter', 'Samples that readers did not get: they were too slow', () => {
      return link.dropped.samplesCount;
    }),
    own('dropped_gaps_total', 'counter', 'Gaps that readers have for being too slow', () => {
      return link.dropped.gapsCount;
    }),
    ofReaders(link, 'behind', 'Items of the stream not yet sent to the reader', (each) => each.behindCount),
    ofReaders(
      link,
      'buffered_bytes',
      'Sent to the reader’s socket and not taken',
      (each) => each.bufferedBytes,
    ),
    ofReaders(
      link,
      'dropped_samples',
      'Samples that the reader did not get',
      (each) => each.dropped.samplesCount,
    ),
    ofReaders(link, 'dropped_gaps', 'Gaps that the reader has', (each) => each.dropped.gapsCount),
    {
      name: 'fluidscope_agent_upgrades_refused_total',
      help: 'WebSockets that were not taken, by the status that they were answered',
      kind: 'counter',
      labelNames: ['status'],
      read: () =>
        [...link.refusedCounts].map(([status, value]) => ({ labels: { status: String(status) }, value })),
    },
  ];
}

/** Of the readers that are there now: a gauge even where it only grows, for its reader leaves and takes it along. */
function ofReaders(
  link: TelemetryServer,
  name: string,
  help: string,
  read: (reader: ReaderFigures) => number,
): Series {
  return {
    name: `fluidscope_agent_reader_${name}`,
    help,
    kind: 'gauge',
    labelNames: ['reader'],
    read: () =>
      link.readers.map((reader) => ({ labels: { reader: String(reader.id) }, value: read(reader) })),
  };
}

function ownSeries(agent: GpuAgent): readonly Series[] {
  const counters = () => agent.counters();
  return [
    {
      name: 'fluidscope_agent_info',
      help: '1, with who the agent is and where its GPU samples come from',
      kind: 'gauge',
      labelNames: ['agent_id', 'gpu_source', 'gpu_source_state'],
      read: ({ description: { agent_id, gpu_source } }) => [
        { labels: { agent_id, gpu_source: gpu_source.kind, gpu_source_state: gpu_source.state }, value: 1 },
      ],
    },
    own('records_total', 'counter', 'Samples taken of GPUs', () => counters().recordsCount),
    own('inside_calls_seconds_total', 'counter', 'Time inside the library’s calls', () => {
      return counters().insideCallsNs / NS_PER_S;
    }),
    own('ring_overruns_total', 'counter', 'Samples lost to a full ring', () => counters().ringOverrunsCount),
    own('events_dropped_total', 'counter', 'Events lost', () => counters().eventsDroppedCount),
    own('late_wakeups_total', 'counter', 'Slots that passed unused', () => counters().lateWakeupsCount),
    own('guard_changes_total', 'counter', 'Changes of the fast rate', () => counters().guardChangesCount),
    own('values_refused_total', 'counter', 'Values beyond the table of newest ones', () => {
      return agent.latest.refusedCount;
    }),
    own('loop_lateness_seconds', 'gauge', 'Largest lateness of the event loop in the last second', () => {
      return counters().loopLatenessNs / NS_PER_S;
    }),
    own('sampler_lateness_seconds', 'gauge', 'Largest lateness of the sampling thread, last flush', () => {
      return counters().samplerLatenessNs / NS_PER_S;
    }),
  ];
}
