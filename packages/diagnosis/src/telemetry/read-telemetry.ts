import type { HostSample, Loss, SampleSeries, ServerSample, TraceReader } from '@fluidscope/trace-schema';
import { mergedSpans, type Span } from '../spans.js';
import { SampleLine, usualIntervalNs } from './sample-line.js';
import type { GpuSource, MetricSource, Telemetry } from './telemetry.js';

/** Which metrics to read; what no rule asks for stays on the disk. */
export interface MetricsToRead {
  readonly gpu: readonly string[];
  readonly host: readonly string[];
}

/** A sample is missing where twice and a half the usual distance passed without one. */
const REACH_INTERVALS_COUNT = 2.5;
/** The host probes leave out repeats but for one a second and the last before a change. */
const HOST_REACH_NS = 1_250_000_000;

/** What a trace holds beside tokens, of the metrics asked for. Server and client samples are few, and read whole. */
export async function readTelemetry(reader: TraceReader, { gpu, host }: MetricsToRead): Promise<Telemetry> {
  const gpuSeries = await reader.sampleSeries({ scope: 'gpu', metrics: gpu });
  const hostSeries = await reader.sampleSeries({ scope: 'host', metrics: host });
  const losses = await reader.losses();
  const clientSamples = (await reader.hostSamples({})).filter(({ agentId }) => isClient(agentId));
  return {
    gpus: [...groupBy(gpuSeries, gpuKeyOf)].flatMap(([, series]) => gpuSourceOf(series, losses)),
    hosts: [...groupBy(hostSeries, ({ agentId }) => agentId)].map(([agentId, series]) =>
      sourceOf(agentId, linesOfSeries(series, { lost: lostBy(agentId, losses), reachNs: HOST_REACH_NS })),
    ),
    clients: [...groupBy(clientSamples, ({ agentId }) => agentId)].map(([agentId, samples]) =>
      sourceOf(agentId, linesOfSamples(samples)),
    ),
    servers: [...groupBy(await reader.serverSamples({}), ({ endpoint }) => endpoint)].map(
      ([endpoint, samples]) => sourceOf(endpoint, linesOfSamples(samples)),
    ),
    events: await reader.events(),
    losses,
  };
}

function isClient(agentId: string): boolean {
  return agentId === 'client' || agentId.startsWith('client/');
}

function gpuKeyOf({ agentId, gpuUuid }: SampleSeries): string {
  return `${agentId}/${gpuUuid ?? ''}`;
}

function gpuSourceOf(series: readonly SampleSeries[], losses: readonly Loss[]): GpuSource[] {
  const [first] = series;
  if (first?.gpuUuid === undefined) return [];
  const { agentId, gpuUuid } = first;
  const lines = linesOfSeries(series, { lost: lostBy(agentId, losses) });
  return [{ ...sourceOf(gpuKeyOf(first), lines), agentId, gpuUuid }];
}

/** What an agent, or a part of it (`<agent_id>/<who>`), says was lost. */
function lostBy(agentId: string, losses: readonly Loss[]): readonly Span[] {
  return mergedSpans(losses.filter(({ source }) => source === agentId || source.startsWith(`${agentId}/`)));
}

/** By metric, then by `sub_id`. */
type Lines = ReadonlyMap<string, ReadonlyMap<number, SampleLine>>;

const NO_LINES: ReadonlyMap<number, SampleLine> = new Map();

function sourceOf(sourceId: string, lines: Lines): MetricSource {
  return {
    sourceId,
    metrics: [...lines.keys()],
    line: (metric) => lines.get(metric)?.get(0),
    linesOf: (metric) => lines.get(metric) ?? NO_LINES,
  };
}

function linesOfSeries(
  series: readonly SampleSeries[],
  { lost, reachNs }: { readonly lost: readonly Span[]; readonly reachNs?: number },
): Lines {
  return new Map(
    [...groupBy(series, ({ metric }) => metric)].map(([metric, ofMetric]) => [
      metric,
      new Map(
        ofMetric.map((one) => [
          one.subId,
          lineOf(one.timeNs, one.value, { boundsNs: one.boundNs, reachNs, lost }),
        ]),
      ),
    ]),
  );
}

/** Samples that the client took itself have run time without a bound to speak of. */
function linesOfSamples(samples: readonly (HostSample | ServerSample)[]): Lines {
  return new Map(
    [...groupBy(samples, ({ metric }) => metric)].map(([metric, ofMetric]) => {
      const timesNs = Float64Array.from(ofMetric, ({ timeNs }) => timeNs);
      const values = Float64Array.from(ofMetric, ({ value }) => value);
      return [
        metric,
        new Map([[0, lineOf(timesNs, values, { boundsNs: new Float64Array(timesNs.length) })]]),
      ];
    }),
  );
}

interface LineOptions {
  readonly boundsNs: Float64Array;
  readonly reachNs?: number | undefined;
  readonly lost?: readonly Span[];
}

/** Losses as short as the reach of a sample are bridged by those around them; longer ones count, also where repeats are left out by design. */
function lineOf(
  timesNs: Float64Array,
  values: Float64Array,
  { boundsNs, reachNs = 0, lost = [] }: LineOptions,
): SampleLine {
  const usualReachNs = REACH_INTERVALS_COUNT * (usualIntervalNs(timesNs) ?? 0);
  const counted = lost.filter(({ fromNs, toNs }) => toNs - fromNs > usualReachNs);
  return new SampleLine(timesNs, values, boundsNs, Math.max(usualReachNs, reachNs)).withLost(counted);
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
