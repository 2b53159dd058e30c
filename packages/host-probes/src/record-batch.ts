import { HOST_GPU_INDEX, SAMPLE_FLAGS, SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { NS_PER_S } from '@fluidscope/units';

const CAPACITY_RECORDS = 4096;
const MAX_U32 = 0xffff_ffff;
const HEARTBEAT_NS = BigInt(NS_PER_S);
const SUB_ID_SPAN = 2 ** 32;

/** When a file was read: CLOCK_MONOTONIC before it, and how long it took. */
export interface ReadingStamp {
  readonly beforeNs: bigint;
  readonly callNs: number;
}

export interface HostReading {
  readonly metricId: number;
  readonly subId: number;
  readonly value: number;
  readonly isCounter: boolean;
  readonly stamp: ReadingStamp;
}

interface Series {
  last: HostReading;
  emittedNs: bigint;
  changedNs: bigint;
  /** The latest reading, when it was a repeat that has not been emitted. */
  repeat: ReadingStamp | undefined;
}

export interface RecordBatchHandlers {
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
  readonly #series = new Map<number, Series>();
  readonly #records = Buffer.alloc(CAPACITY_RECORDS * SAMPLE_RECORD_BYTES);
  readonly #handlers: RecordBatchHandlers;
  #length = 0;

  constructor(handlers: RecordBatchHandlers) {
    this.#handlers = handlers;
  }

  add(reading: HostReading): void {
    const key = seriesKey(reading.metricId, reading.subId);
    const { beforeNs } = reading.stamp;
    const known = this.#series.get(key);
    if (known === undefined) {
      this.#series.set(key, { last: reading, emittedNs: beforeNs, changedNs: beforeNs, repeat: undefined });
      this.#write(reading, SAMPLE_FLAGS.fresh);
    } else if (known.last.value === reading.value) {
      this.#addRepeat(known, reading);
    } else {
      this.#addChange(known, reading);
    }
  }

  /** Forgets all series of a sub id, so that a later process of the same pid starts anew. */
  forget(subId: number, metricIds: Iterable<number>): void {
    for (const metricId of metricIds) this.#series.delete(seriesKey(metricId, subId));
  }

  flush(): void {
    if (this.#length === 0) return;
    const records = this.#records.subarray(0, this.#length);
    this.#length = 0;
    this.#handlers.flush(records);
  }

  #addRepeat(series: Series, reading: HostReading): void {
    if (reading.stamp.beforeNs - series.emittedNs < HEARTBEAT_NS) {
      series.repeat = reading.stamp;
      return;
    }
    series.repeat = undefined;
    series.emittedNs = reading.stamp.beforeNs;
    this.#write(reading, 0);
  }

  #addChange(series: Series, reading: HostReading): void {
    if (series.repeat !== undefined) this.#write({ ...series.last, stamp: series.repeat }, 0);
    const wentBack = reading.isCounter && reading.value < series.last.value;
    const { beforeNs } = reading.stamp;
    this.#handlers.onChange(reading.metricId, Number(beforeNs - series.changedNs));
    series.last = reading;
    series.repeat = undefined;
    series.emittedNs = beforeNs;
    series.changedNs = beforeNs;
    this.#write(reading, SAMPLE_FLAGS.fresh | (wentBack ? SAMPLE_FLAGS.newEpoch : 0));
  }

  #write({ metricId, subId, value, stamp }: HostReading, flags: number): void {
    if (this.#length + SAMPLE_RECORD_BYTES > this.#records.length) this.flush();
    const at = this.#length;
    const records = this.#records;
    records.writeBigUInt64LE(stamp.beforeNs, at);
    records.writeUInt32LE(Math.min(MAX_U32, stamp.callNs), at + 8);
    records.writeUInt16LE(HOST_GPU_INDEX, at + 12);
    records.writeUInt16LE(metricId, at + 14);
    records.writeDoubleLE(value, at + 16);
    records.writeUInt32LE(flags, at + 24);
    records.writeUInt32LE(subId, at + 28);
    records.writeBigUInt64LE(0n, at + 32);
    this.#length = at + SAMPLE_RECORD_BYTES;
  }
}

function seriesKey(metricId: number, subId: number): number {
  return metricId * SUB_ID_SPAN + subId;
}
