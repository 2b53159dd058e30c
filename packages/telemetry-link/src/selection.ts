import { gpuMetricById, SAMPLE_FLAGS } from '@fluidscope/trace-schema';
import { pickRows, type SampleColumns } from './sample-columns.js';
import { SeriesIds } from './series-order.js';
import type { TelemetrySelection } from './telemetry-source.js';

/** Series whose last kept time is remembered; beyond it all are forgotten at once and thinning starts anew. */
const MAX_SERIES = 65_536;

/** A reader's selection at work: remembers when it last let a series through. */
export class SampleFilter {
  readonly #metricIds: ReadonlySet<number> | undefined;
  readonly #gpuIndices: ReadonlySet<number> | undefined;
  readonly #minStepNs: number;
  readonly #series = new SeriesIds();
  #lastKeptNs: number[] = [];

  constructor({ metricIds, gpuIndices, maxHz }: TelemetrySelection) {
    this.#metricIds = metricIds && new Set(metricIds);
    this.#gpuIndices = gpuIndices && new Set(gpuIndices);
    this.#minStepNs = maxHz === undefined ? 0 : 1e9 / maxHz;
  }

  /** Whether everything passes, so that nothing needs to be looked at. */
  get isOpen(): boolean {
    return this.#metricIds === undefined && this.#gpuIndices === undefined && this.#minStepNs === 0;
  }

  /** What of the samples is selected; `undefined`: none. */
  pass(columns: SampleColumns): SampleColumns | undefined {
    if (this.isOpen) return columns;
    const rows: number[] = [];
    for (let row = 0; row < columns.length; row++) if (this.#passes(columns, row)) rows.push(row);
    return rows.length === 0 ? undefined : pickRows(columns, rows);
  }

  #passes(columns: SampleColumns, row: number): boolean {
    const gpuIndex = columns.gpuIndex[row] ?? 0;
    const metricId = columns.metricId[row] ?? 0;
    if (this.#metricIds?.has(metricId) === false) return false;
    if (this.#gpuIndices?.has(gpuIndex) === false) return false;
    if (this.#minStepNs === 0) return true;
    return this.#isDue(columns, row) || mustPass(metricId, columns.flags[row] ?? 0);
  }

  /** Half a tick of tolerance: a sampler that jitters at exactly the wanted rate is not thinned to half of it. */
  #isDue(columns: SampleColumns, row: number): boolean {
    if (this.#series.count > MAX_SERIES) this.#forget();
    const { gpuIndex, metricId, subId } = columns;
    const series = this.#series.idOf(gpuIndex[row] ?? 0, metricId[row] ?? 0, subId[row] ?? 0);
    const timeNs = columns.beforeNs[row] ?? 0;
    const lastNs = this.#lastKeptNs[series] ?? -Infinity;
    if (timeNs > lastNs && timeNs - lastNs < this.#minStepNs * 0.9) return false;
    this.#lastKeptNs[series] = timeNs;
    return true;
  }

  #forget(): void {
    this.#series.clear();
    this.#lastKeptNs = [];
  }
}

/** A reset that is thinned away would look like a counter that ran backwards; an event happens once. */
function mustPass(metricId: number, flags: number): boolean {
  return (flags & SAMPLE_FLAGS.newEpoch) !== 0 || gpuMetricById(metricId)?.kind === 'event';
}
