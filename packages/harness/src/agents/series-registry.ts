import { HOST_GPU_INDEX, gpuMetricById, hostMetricById, type AgentSeries } from '@fluidscope/trace-schema';
import { type AgentDescription, type SampleColumns } from '@fluidscope/telemetry-link';

/** Processes come and go: what one agent may fill the trace's list of series with. */
const MAX_SERIES = 65_536;

/** What no series stands for: the sample is not recorded. */
export const NO_SERIES = 0xffff_ffff;

/** Numbers the series of one agent within those of the run, and tells each new one before its first sample is recorded. */
export class SeriesRegistry {
  readonly #agentIndex: number;
  readonly #takeSeriesIndex: () => number;
  readonly #byMetric = new Map<number, Map<number, number>>();
  #gpuUuids = new Map<number, string>();
  #count = 0;
  #fresh: AgentSeries[] = [];

  constructor(agentIndex: number, takeSeriesIndex: () => number) {
    this.#agentIndex = agentIndex;
    this.#takeSeriesIndex = takeSeriesIndex;
  }

  /** A driver that was loaded again may number its GPUs anew: then every series is another. */
  describe({ gpus }: AgentDescription): void {
    const uuids = new Map(gpus.map(({ index, uuid }) => [index, uuid]));
    const isSame = [...this.#gpuUuids].every(([index, uuid]) => uuids.get(index) === uuid);
    if (!isSame || uuids.size !== this.#gpuUuids.size) this.#byMetric.clear();
    this.#gpuUuids = uuids;
  }

  /** The series of each sample; `NO_SERIES` once there are too many. Samples stand series after series, so most look up nothing. */
  seriesOf({ length, gpuIndex, metricId, subId }: SampleColumns): Uint32Array {
    const series = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      const isAsBefore =
        row > 0 &&
        gpuIndex[row] === gpuIndex[row - 1] &&
        metricId[row] === metricId[row - 1] &&
        subId[row] === subId[row - 1];
      series[row] = isAsBefore
        ? (series[row - 1] ?? NO_SERIES)
        : this.#find(gpuIndex[row] ?? 0, metricId[row] ?? 0, subId[row] ?? 0);
    }
    return series;
  }

  /** Series met since the last call. */
  takeNew(): readonly AgentSeries[] {
    const taken = this.#fresh;
    this.#fresh = [];
    return taken;
  }

  #find(gpuIndex: number, metricId: number, subId: number): number {
    const metric = gpuIndex * 65_536 + metricId;
    let bySubId = this.#byMetric.get(metric);
    if (bySubId === undefined) {
      bySubId = new Map<number, number>();
      this.#byMetric.set(metric, bySubId);
    }
    let series = bySubId.get(subId);
    if (series === undefined) {
      series = this.#add(gpuIndex, metricId, subId);
      // What has no series is not remembered either: processes would come and go in this map for ever.
      if (series !== NO_SERIES) bySubId.set(subId, series);
    }
    return series;
  }

  /** How many series are remembered. */
  get knownCount(): number {
    let count = 0;
    for (const bySubId of this.#byMetric.values()) count += bySubId.size;
    return count;
  }

  #add(gpuIndex: number, metricId: number, subId: number): number {
    if (this.#count >= MAX_SERIES) return NO_SERIES;
    this.#count += 1;
    const seriesIndex = this.#takeSeriesIndex();
    const isHost = gpuIndex === HOST_GPU_INDEX;
    this.#fresh.push({
      seriesIndex,
      agentIndex: this.#agentIndex,
      scope: isHost ? 'host' : 'gpu',
      gpuUuid: isHost ? undefined : this.#gpuUuids.get(gpuIndex),
      metric: metricNameOf(metricId),
      subId,
    });
    return seriesIndex;
  }
}

/** A metric that a newer agent knows keeps its number, so that nothing is lost. */
function metricNameOf(metricId: number): string {
  return gpuMetricById(metricId)?.name ?? hostMetricById(metricId)?.name ?? `metric_${metricId}`;
}
