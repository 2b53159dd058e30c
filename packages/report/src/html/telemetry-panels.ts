import type { SampleSeries, ServerSample, TraceReader, HostSample } from '@fluidscope/trace-schema';
import type { LineData, PanelData } from '../page-data/page-data.js';
import { packDeltas } from '../page-data/packed-numbers.js';
import { keepExtremes, type Points } from './keep-extremes.js';
import { gaugePoints, ratePoints, type Samples } from './sample-points.js';
import { throttleLanes } from './throttle-lanes.js';
import { toTicks } from './ticks.js';

interface LineSpec {
  readonly metric: string;
  readonly label: string;
  /** Of the metric's own unit (a counter's: of its unit a nanosecond) in one of the panel's. */
  readonly perUnit: number;
  readonly isCounter?: true;
  readonly isDashed?: true;
  /** Only where none of these is there. */
  readonly insteadOf?: readonly string[];
}

interface PanelSpec {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly from: 'gpu' | 'host' | 'server' | 'client';
  readonly lines: readonly LineSpec[];
}

const PCT_OF_NS = 0.01;
const PCT_OF_US = 0.01 / 1_000;

export const PANEL_SPECS: readonly PanelSpec[] = [
  {
    id: 'sm_clock',
    title: 'GPU clock',
    unit: 'MHz',
    from: 'gpu',
    lines: [{ metric: 'sm_clock_mhz', label: 'SM clock', perUnit: 1 }],
  },
  {
    id: 'power',
    title: 'GPU power against its limit',
    unit: 'W',
    from: 'gpu',
    lines: [
      { metric: 'power_instant_mw', label: 'power', perUnit: 1_000 },
      {
        metric: 'power_average_mw',
        label: 'power, mean of 1 s',
        perUnit: 1_000,
        insteadOf: ['power_instant_mw'],
      },
      { metric: 'power_limit_mw', label: 'limit', perUnit: 1_000, isDashed: true },
    ],
  },
  {
    id: 'activity',
    title: 'Tensor and DRAM activity',
    unit: '%',
    from: 'gpu',
    lines: [
      { metric: 'gpm_tensor_pct', label: 'tensor cores', perUnit: 1 },
      { metric: 'gpm_dram_pct', label: 'DRAM', perUnit: 1, isDashed: true },
      {
        metric: 'utilization_gpu_pct',
        label: 'utilization (a kernel ran)',
        perUnit: 1,
        insteadOf: ['gpm_tensor_pct'],
      },
      {
        metric: 'utilization_memory_pct',
        label: 'memory utilization',
        perUnit: 1,
        isDashed: true,
        insteadOf: ['gpm_dram_pct'],
      },
    ],
  },
  {
    id: 'memory',
    title: 'GPU memory used',
    unit: 'GiB',
    from: 'gpu',
    lines: [{ metric: 'memory_used_bytes', label: 'memory used', perUnit: 2 ** 30 }],
  },
  {
    id: 'temperature',
    title: 'GPU temperature',
    unit: '°C',
    from: 'gpu',
    lines: [
      { metric: 'temperature_gpu_celsius', label: 'GPU', perUnit: 1 },
      { metric: 'temperature_memory_celsius', label: 'memory', perUnit: 1, isDashed: true },
    ],
  },
  {
    id: 'pressure',
    title: 'Server host: time in which tasks waited',
    unit: '%',
    from: 'host',
    lines: [
      { metric: 'pressure_cpu_some_us', label: 'for a CPU', perUnit: PCT_OF_US, isCounter: true },
      {
        metric: 'pressure_memory_some_us',
        label: 'for memory',
        perUnit: PCT_OF_US,
        isCounter: true,
        isDashed: true,
      },
      {
        metric: 'pressure_io_some_us',
        label: 'for I/O',
        perUnit: PCT_OF_US,
        isCounter: true,
        isDashed: true,
      },
      { metric: 'cpu_steal_ns', label: 'CPUs stolen', perUnit: PCT_OF_NS, isCounter: true, isDashed: true },
    ],
  },
  {
    id: 'queue',
    title: 'Engine queue',
    unit: 'requests',
    from: 'server',
    lines: [
      { metric: 'requests_running_count', label: 'running', perUnit: 1 },
      { metric: 'requests_waiting_count', label: 'waiting', perUnit: 1, isDashed: true },
    ],
  },
  {
    id: 'kv',
    title: 'KV cache usage',
    unit: '%',
    from: 'server',
    lines: [{ metric: 'kv_cache_usage_ratio', label: 'KV cache used', perUnit: 0.01 }],
  },
  {
    id: 'client',
    title: 'Client lag: worst delay of its event loop',
    unit: 'ms',
    from: 'client',
    lines: [{ metric: 'event_loop_delay_max_ns', label: 'worst delay', perUnit: 1e6 }],
  },
];

const WHY_EMPTY: Readonly<Record<PanelSpec['from'], string>> = {
  gpu: 'no GPU agent gave samples of it (run with --agent)',
  host: 'no agent on the server’s host gave samples of it (run with --agent)',
  server: 'the server’s own metrics were not scraped (run with --server-metrics)',
  client: 'the trace holds no samples of the client itself',
};

export interface TelemetryPanels {
  readonly panels: readonly PanelData[];
  /** What would stand in the timeline and does not, each with why. */
  readonly absent: readonly string[];
  readonly gpuSeries: readonly SampleSeries[];
}

interface NamedSamples extends Samples {
  readonly source: string;
  readonly metric: string;
}

/** The strips under the requests; thinned to the extremes of each bucket between `edgesNs`. */
export async function telemetryPanels(
  reader: TraceReader,
  {
    edgesNs,
    nameOf,
  }: {
    readonly edgesNs: (seriesCount: number) => Float64Array;
    readonly nameOf: (sourceId: string) => string;
  },
): Promise<TelemetryPanels> {
  const metricsFrom = (from: PanelSpec['from']): string[] =>
    PANEL_SPECS.filter((spec) => spec.from === from).flatMap(({ lines }) =>
      lines.map(({ metric }) => metric),
    );
  const gpuSeries = await reader.sampleSeries({
    scope: 'gpu',
    metrics: [...metricsFrom('gpu'), 'clocks_event_reasons_mask'],
  });
  const hostSeries = await reader.sampleSeries({ scope: 'host', metrics: metricsFrom('host') });
  const samples: Readonly<Record<PanelSpec['from'], readonly NamedSamples[]>> = {
    gpu: gpuSeries.filter(({ subId }) => subId === 0).map((each) => named(each, gpuIdOf(each))),
    host: hostSeries.filter(({ subId }) => subId === 0).map((each) => named(each, each.agentId)),
    server: grouped(await reader.serverSamples({}), ({ endpoint }) => endpoint),
    client: grouped(
      (await reader.hostSamples({})).filter(({ agentId }) => /^client(\/|$)/.test(agentId)),
      ({ agentId }) => agentId,
    ),
  };
  const shown = PANEL_SPECS.map((spec) => ({ spec, lines: linesOf(spec, samples[spec.from]) }));
  const edges = edgesNs(shown.reduce((sum, { lines }) => sum + lines.length, 0));
  const panels = shown.map(({ spec: { id, title, unit }, lines }): PanelData => ({
    kind: 'lines',
    id,
    title,
    unit,
    lines: lines.map((line) => lineData(line, edges, nameOf)),
  }));
  const throttling = throttleLanes(gpuSeries, (series) => nameOf(gpuIdOf(series)));
  const all = [...panels.slice(0, 2), ...throttling, ...panels.slice(2)];
  return {
    panels: all.filter((panel) => panel.kind === 'lanes' || panel.lines.length > 0),
    absent: shown.flatMap(({ spec, lines }) =>
      lines.length > 0 ? [] : [`${spec.title}: ${WHY_EMPTY[spec.from]}.`],
    ),
    gpuSeries,
  };
}

export function gpuIdOf({ agentId, gpuUuid }: SampleSeries): string {
  return `${agentId}/${gpuUuid ?? ''}`;
}

function named({ metric, timeNs, value }: SampleSeries, source: string): NamedSamples {
  return { metric, source, timesNs: timeNs, values: value };
}

function grouped<Row extends ServerSample | HostSample>(
  rows: readonly Row[],
  sourceOf: (row: Row) => string,
): readonly NamedSamples[] {
  const groups = new Map<string, { source: string; metric: string; timesNs: number[]; values: number[] }>();
  for (const row of rows) {
    const [source, { metric }] = [sourceOf(row), row];
    const key = `${source}\n${metric}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { source, metric, timesNs: [], values: [] }));
    group.timesNs.push(row.timeNs);
    group.values.push(row.value);
  }
  return [...groups.values()];
}

interface Line {
  readonly spec: LineSpec;
  readonly source: string;
  readonly hue: number;
  readonly points: Points;
}

function linesOf({ lines }: PanelSpec, samples: readonly NamedSamples[]): readonly Line[] {
  const sources = [...new Set(samples.map(({ source }) => source))];
  return sources.flatMap((source, hue) => {
    const ofSource = samples.filter((each) => each.source === source);
    const has = new Set(ofSource.map(({ metric }) => metric));
    return lines
      .filter(({ insteadOf = [] }) => !insteadOf.some((other) => has.has(other)))
      .flatMap((spec) =>
        ofSource
          .filter(({ metric }) => metric === spec.metric)
          .map((each) => ({
            spec,
            source,
            hue,
            points:
              spec.isCounter === true ? ratePoints(each, spec.perUnit) : gaugePoints(each, spec.perUnit),
          })),
      );
  });
}

/** Values are shown to one part in this many of their largest. */
const VALUE_STEPS_COUNT = 20_000;

function lineData(
  { spec, source, hue, points }: Line,
  edgesNs: Float64Array,
  nameOf: (id: string) => string,
): LineData {
  const kept = keepExtremes(points, edgesNs);
  const values = Array.from(kept, (index) => points.values[index] ?? NaN);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const step = largest === 0 ? 1 : 10 ** Math.ceil(Math.log10(largest / VALUE_STEPS_COUNT));
  return {
    label: spec.label,
    source: nameOf(source),
    hue,
    isDashed: spec.isDashed === true,
    holds: spec.isCounter === true ? 'before' : 'after',
    ticks: packDeltas(Array.from(kept, (index) => toTicks(points.timesNs[index] ?? NaN))),
    values: packDeltas(values.map((value) => Math.round(value / step))),
    step,
    breaks: packDeltas([...kept.entries()].filter(([, index]) => points.breaks.has(index)).map(([at]) => at)),
  };
}
