import { gpuMetricByName, HOST_GPU_INDEX, hostMetricByName } from '@fluidscope/trace-schema';
import { LIVE_GPU_METRICS, type AgentFrame } from './live-messages.js';
import { SeriesTail } from './series-tail.js';

/** Samples in columns, as an agent sends them; only rows below `length` count. Times are of the agent's clock. */
export interface LiveSamples {
  readonly length: number;
  readonly gpuIndex: Uint16Array;
  readonly metricId: Uint16Array;
  readonly subId: Uint32Array;
  readonly beforeNs: Float64Array;
  readonly value: Float64Array;
}

type LiveGpuMetric = (typeof LIVE_GPU_METRICS)[number];

/** A GPU gives its power in one of several ways: the first that it has. */
const SOURCES: Readonly<Record<LiveGpuMetric, readonly string[]>> = {
  sm_clock_mhz: ['sm_clock_mhz'],
  power_mw: ['power_instant_mw', 'power_average_mw', 'power_buffered_mw'],
  power_limit_mw: ['power_limit_mw'],
  utilization_gpu_pct: ['utilization_gpu_pct'],
  memory_used_bytes: ['memory_used_bytes'],
  memory_total_bytes: ['memory_total_bytes'],
  temperature_gpu_celsius: ['temperature_gpu_celsius'],
  clocks_event_reasons_mask: ['clocks_event_reasons_mask'],
};

const SOURCE_IDS = LIVE_GPU_METRICS.map((metric) =>
  SOURCES[metric].flatMap((name) => gpuMetricByName(name)?.id ?? []),
);
const CPU_BUSY_ID = hostMetricByName('cpu_busy_ns')?.id;
const MEMORY_AVAILABLE_ID = hostMetricByName('host_memory_available_bytes')?.id;

/** All that a live page needs of an agent: there is no need to ask it for more. */
export const LIVE_METRIC_IDS: readonly number[] = [
  ...SOURCE_IDS.flat(),
  ...[CPU_BUSY_ID, MEMORY_AVAILABLE_ID].filter((id) => id !== undefined),
];

const MAX_SERIES_COUNT = 8_192;
const MAX_NOTES_COUNT = 20;
/** A busy share over less is mostly the kernel's ticks of 10 ms. */
const CPU_BUSY_OVER_NS = 500_000_000;
const SUB_ID_STEP = 2 ** 32;

/** One agent as the live page sees it: its newest values at any time of late, how its link stands, what was lost. Bounded. */
export class LiveAgent {
  readonly #series = new Map<number, SeriesTail>();
  #link: AgentFrame['link'] = 'connecting';
  #linkReason: string | undefined;
  #lostCount = 0;
  #lossesCount = 0;
  #cpusCount = 0;
  #notes: string[] = [];

  addSamples({ length, gpuIndex, metricId, subId, beforeNs, value }: LiveSamples): void {
    for (let row = 0; row < length; row += 1) {
      const gpu = gpuIndex[row] ?? 0;
      const metric = metricId[row] ?? 0;
      const sub = subId[row] ?? 0;
      if (gpu === HOST_GPU_INDEX && metric === CPU_BUSY_ID) this.#cpusCount = Math.max(this.#cpusCount, sub);
      // Parts of a GPU and single CPUs are not shown.
      if (sub !== 0) continue;
      this.#seriesOf(gpu, metric)?.add(beforeNs[row] ?? NaN, value[row] ?? NaN);
    }
  }

  setLink(link: AgentFrame['link'], reason?: string): void {
    this.#link = link;
    this.#linkReason = reason;
  }

  addLoss(count: number | undefined): void {
    this.#lossesCount += 1;
    this.#lostCount += count ?? 0;
  }

  /** Something that happened; the oldest are forgotten when nobody takes them. */
  addNote(text: string): void {
    this.#notes.push(text);
    if (this.#notes.length > MAX_NOTES_COUNT) this.#notes.shift();
  }

  /** Its values at `atAgentNs` of its own clock, for the GPUs of these indices. Takes the notes. */
  frame(atAgentNs: number, gpuIndices: readonly number[], clockBoundNs: number | undefined): AgentFrame {
    const readings = gpuIndices.map((gpu) => SOURCE_IDS.map((ids) => this.#firstAt(gpu, ids, atAgentNs)));
    const notes = this.#notes;
    this.#notes = [];
    return {
      link: this.#link,
      link_reason: this.#linkReason ?? null,
      lost_count: this.#lostCount,
      losses_count: this.#lossesCount,
      clock_bound_ns: clockBoundNs ?? null,
      values: readings.map((gpu) => gpu.map((reading) => finiteOrNull(reading?.value))),
      ages_ns: readings.map((gpu) => gpu.map((reading) => (reading ? atAgentNs - reading.timeNs : null))),
      cpu_busy_ratio: this.#cpuBusyRatio(atAgentNs),
      memory_available_bytes: this.#hostValue(MEMORY_AVAILABLE_ID, atAgentNs),
      notes,
    };
  }

  #firstAt(gpu: number, ids: readonly number[], atNs: number): ReturnType<SeriesTail['at']> {
    for (const id of ids) {
      const reading = this.#series.get(keyOf(gpu, id))?.at(atNs);
      if (reading !== undefined) return reading;
    }
    return undefined;
  }

  #hostValue(id: number | undefined, atNs: number): number | null {
    if (id === undefined) return null;
    return finiteOrNull(this.#series.get(keyOf(HOST_GPU_INDEX, id))?.at(atNs)?.value);
  }

  #cpuBusyRatio(atNs: number): number | null {
    if (CPU_BUSY_ID === undefined || this.#cpusCount === 0) return null;
    const series = this.#series.get(keyOf(HOST_GPU_INDEX, CPU_BUSY_ID));
    const now = series?.at(atNs);
    if (now === undefined) return null;
    const before = series?.at(now.timeNs - CPU_BUSY_OVER_NS);
    if (before === undefined || now.timeNs <= before.timeNs) return null;
    return (now.value - before.value) / (now.timeNs - before.timeNs) / this.#cpusCount;
  }

  #seriesOf(gpu: number, metric: number): SeriesTail | undefined {
    const key = keyOf(gpu, metric);
    const known = this.#series.get(key);
    if (known !== undefined || this.#series.size >= MAX_SERIES_COUNT) return known;
    const made = new SeriesTail();
    this.#series.set(key, made);
    return made;
  }
}

function keyOf(gpu: number, metric: number): number {
  return gpu * SUB_ID_STEP + metric;
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
