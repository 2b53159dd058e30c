import { HOST_GPU_INDEX, SAMPLE_FLAGS, SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { NS_PER_S } from '@fluidscope/units';

const CAPACITY_RECORDS = 4096;
const MAX_U32 = 0xffff_ffff;
const HEARTBEAT_NS = NS_PER_S;
const TWO_TO_32 = 2 ** 32;

/** When a file was read: before it, ns from the batch's origin, and how long it took. */
export interface ReadingStamp {
  readonly beforeNs: number;
  readonly callNs: number;
}

/** One metric of one thing, and what was last read of it. Found once, then kept by who reads it. */
export interface HostSeries {
  readonly metricId: number;
  readonly subId: number;
  readonly isCounter: boolean;
  /** NaN before the first reading. */
  lastValue: number;
  emittedNs: number;
  changedNs: number;
  /** The latest reading, when it was a repeat that has not been emitted; NaN otherwise. */
  repeatBeforeNs: number;
  repeatCallNs: number;
}

export interface RecordBatchOptions {
  /** CLOCK_MONOTONIC from which stamps count. */
  readonly originMonoNs: bigint;
  /** Gets a buffer that is used again after it returns. */
  flush(records: Buffer): void;
  /** A value changed, so long after it changed last. */
  onChange(metricId: number, intervalNs: number): void;
}

/**
 * Turns readings into records. Of a run of equal values it emits the first (fresh), one repeat a second, and the last before the next
 * change: between two records a value then really went from one to the other, and an idle host costs little.
 */
export class RecordBatch {
  readonly #series = new Map<number, HostSeries>();
  readonly #records = Buffer.alloc(CAPACITY_RECORDS * SAMPLE_RECORD_BYTES);
  readonly #view = new DataView(this.#records.buffer, this.#records.byteOffset, this.#records.length);
  readonly #options: RecordBatchOptions;
  readonly #originHigh: number;
  readonly #originLow: number;
  #length = 0;

  constructor(options: RecordBatchOptions) {
    this.#options = options;
    this.#originHigh = Number(options.originMonoNs >> 32n);
    this.#originLow = Number(options.originMonoNs & 0xffff_ffffn);
  }

  seriesOf(metricId: number, subId: number, isCounter: boolean): HostSeries {
    const key = metricId * TWO_TO_32 + subId;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const created: HostSeries = {
      metricId,
      subId,
      isCounter,
      lastValue: NaN,
      emittedNs: 0,
      changedNs: 0,
      repeatBeforeNs: NaN,
      repeatCallNs: 0,
    };
    this.#series.set(key, created);
    return created;
  }

  add(series: HostSeries, value: number, stamp: ReadingStamp): void {
    if (series.lastValue === value) this.#addRepeat(series, stamp);
    else if (Number.isNaN(series.lastValue)) this.#addFresh(series, value, { stamp, flags: 0 });
    else this.#addChange(series, value, stamp);
  }

  /** Forgets all series of a sub id, so that a later process of the same pid starts anew. */
  forget(subId: number, metricIds: Iterable<number>): void {
    for (const metricId of metricIds) this.#series.delete(metricId * TWO_TO_32 + subId);
  }

  flush(): void {
    if (this.#length === 0) return;
    const records = this.#records.subarray(0, this.#length);
    this.#length = 0;
    this.#options.flush(records);
  }

  #addRepeat(series: HostSeries, { beforeNs, callNs }: ReadingStamp): void {
    if (beforeNs - series.emittedNs < HEARTBEAT_NS) {
      series.repeatBeforeNs = beforeNs;
      series.repeatCallNs = callNs;
      return;
    }
    series.repeatBeforeNs = NaN;
    series.emittedNs = beforeNs;
    this.#write(series, { beforeNs, callNs, flags: 0 });
  }

  #addChange(series: HostSeries, value: number, stamp: ReadingStamp): void {
    const { repeatBeforeNs, repeatCallNs } = series;
    if (!Number.isNaN(repeatBeforeNs)) {
      this.#write(series, { beforeNs: repeatBeforeNs, callNs: repeatCallNs, flags: 0 });
    }
    this.#options.onChange(series.metricId, stamp.beforeNs - series.changedNs);
    const wentBack = series.isCounter && value < series.lastValue;
    this.#addFresh(series, value, { stamp, flags: wentBack ? SAMPLE_FLAGS.newEpoch : 0 });
  }

  #addFresh(
    series: HostSeries,
    value: number,
    { stamp: { beforeNs, callNs }, flags }: { readonly stamp: ReadingStamp; readonly flags: number },
  ): void {
    series.lastValue = value;
    series.emittedNs = beforeNs;
    series.changedNs = beforeNs;
    series.repeatBeforeNs = NaN;
    this.#write(series, { beforeNs, callNs, flags: SAMPLE_FLAGS.fresh | flags });
  }

  #write(
    { metricId, subId, lastValue }: HostSeries,
    { beforeNs, callNs, flags }: ReadingStamp & { readonly flags: number },
  ): void {
    if (this.#length + SAMPLE_RECORD_BYTES > this.#records.length) this.flush();
    const at = this.#length;
    const view = this.#view;
    // Two halves instead of a bigint a record.
    const low = this.#originLow + beforeNs;
    view.setUint32(at, low % TWO_TO_32, true);
    view.setUint32(at + 4, this.#originHigh + Math.floor(low / TWO_TO_32), true);
    view.setUint32(at + 8, Math.min(MAX_U32, callNs), true);
    view.setUint16(at + 12, HOST_GPU_INDEX, true);
    view.setUint16(at + 14, metricId, true);
    view.setFloat64(at + 16, lastValue, true);
    view.setUint32(at + 24, flags, true);
    view.setUint32(at + 28, subId, true);
    view.setFloat64(at + 32, 0, true);
    this.#length = at + SAMPLE_RECORD_BYTES;
  }
}
