import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';

/**
 * Samples in columns, for they are many: row `i` is `(gpuIndex[i], metricId[i], …)`. Only rows below `length` count.
 * Times are ns of the agent host's CLOCK_MONOTONIC relative to an origin: as numbers they stay exact for 104 days around it.
 */
export interface SampleColumns {
  readonly length: number;
  /** `HOST_GPU_INDEX` for the host. */
  readonly gpuIndex: Uint16Array;
  /** Id of `GPU_METRICS` or `HOST_METRICS`. */
  readonly metricId: Uint16Array;
  /** What within the GPU or host: 0 for the whole; the metric's scope says what else. */
  readonly subId: Uint32Array;
  /** Just before the sensor was read. */
  readonly beforeNs: Float64Array;
  /** What reading it took. */
  readonly callNs: Uint32Array;
  readonly value: Float64Array;
  /** Bits of `SAMPLE_FLAGS`. */
  readonly flags: Uint8Array;
  /** Driver's time of a buffered sample, start of the mean of a window; NaN where there is neither. */
  readonly sensorNs: Float64Array;
}

export function createSampleColumns(length: number): SampleColumns {
  return {
    length,
    gpuIndex: new Uint16Array(length),
    metricId: new Uint16Array(length),
    subId: new Uint32Array(length),
    beforeNs: new Float64Array(length),
    callNs: new Uint32Array(length),
    value: new Float64Array(length),
    flags: new Uint8Array(length),
    sensorNs: new Float64Array(length),
  };
}

const TWO_TO_32 = 0x1_0000_0000;

/** Words of a record, by their place in it: `SAMPLE_RECORD_BYTES` is ten of four bytes, five of eight. */
const WORDS = SAMPLE_RECORD_BYTES / 4;

/** The columns of whole records. A part of a record at the end is left out. */
export function columnsOfRecords(records: Buffer, originMonoNs: bigint): SampleColumns {
  const length = Math.floor(records.length / SAMPLE_RECORD_BYTES);
  const columns = createSampleColumns(length);
  fillColumns(columns, records, originMonoNs);
  return columns;
}

/**
 * Reads as many records as the columns have rows. Words instead of `Buffer`'s readers and two halves instead of a BigInt: tens of
 * thousands of samples a second pass here.
 */
export function fillColumns(columns: SampleColumns, records: Buffer, originMonoNs: bigint): void {
  const { length, gpuIndex, metricId, subId, beforeNs, callNs, value, flags, sensorNs } = columns;
  const { words, doubles } = wordsOf(records, length);
  const originHigh = Number(originMonoNs >> 32n);
  const originLow = Number(originMonoNs & 0xffff_ffffn);
  for (let row = 0, at = 0; row < length; row++, at += WORDS) {
    beforeNs[row] = ((words[at + 1] ?? 0) - originHigh) * TWO_TO_32 + ((words[at] ?? 0) - originLow);
    callNs[row] = words[at + 2] ?? 0;
    const gpuAndMetric = words[at + 3] ?? 0;
    gpuIndex[row] = gpuAndMetric & 0xffff;
    metricId[row] = gpuAndMetric >>> 16;
    value[row] = doubles[at / 2 + 2] ?? NaN;
    flags[row] = words[at + 6] ?? 0;
    subId[row] = words[at + 7] ?? 0;
    const sensorLow = words[at + 8] ?? 0;
    const sensorHigh = words[at + 9] ?? 0;
    sensorNs[row] =
      sensorLow === 0 && sensorHigh === 0
        ? NaN
        : (sensorHigh - originHigh) * TWO_TO_32 + (sensorLow - originLow);
  }
}

/** Records are little-endian, as every machine is that Node runs on but for one that no GPU is built into. */
function wordsOf(records: Buffer, length: number): { words: Uint32Array; doubles: Float64Array } {
  const aligned = records.byteOffset % 8 === 0 ? records : Uint8Array.from(records);
  const { buffer, byteOffset } = aligned;
  return {
    words: new Uint32Array(buffer, byteOffset, length * WORDS),
    doubles: new Float64Array(buffer, byteOffset, (length * WORDS) / 2),
  };
}

/** Columns that are filled again and again, on one memory that grows with the largest batch. */
export class ReusedColumns {
  #whole = createSampleColumns(0);

  /** The columns of whole records; valid until the next call. */
  of(records: Buffer, originMonoNs: bigint): SampleColumns {
    const length = Math.floor(records.length / SAMPLE_RECORD_BYTES);
    if (length > this.#whole.length) this.#whole = createSampleColumns(2 * length);
    const columns = sliceRows(this.#whole, 0, length);
    fillColumns(columns, records, originMonoNs);
    return columns;
  }
}

/** The given rows, in the given order. */
export function pickRows(columns: SampleColumns, rows: readonly number[] | Uint32Array): SampleColumns {
  const picked = createSampleColumns(rows.length);
  for (let to = 0; to < rows.length; to++) copyRow(columns, rows[to] ?? 0, { into: picked, to });
  return picked;
}

/** The rows from `from` up to `to`, on the same memory. */
export function sliceRows(columns: SampleColumns, from: number, to: number): SampleColumns {
  return {
    length: to - from,
    gpuIndex: columns.gpuIndex.subarray(from, to),
    metricId: columns.metricId.subarray(from, to),
    subId: columns.subId.subarray(from, to),
    beforeNs: columns.beforeNs.subarray(from, to),
    callNs: columns.callNs.subarray(from, to),
    value: columns.value.subarray(from, to),
    flags: columns.flags.subarray(from, to),
    sensorNs: columns.sensorNs.subarray(from, to),
  };
}

function copyRow(
  columns: SampleColumns,
  from: number,
  { into, to }: { readonly into: SampleColumns; readonly to: number },
): void {
  into.gpuIndex[to] = columns.gpuIndex[from] ?? 0;
  into.metricId[to] = columns.metricId[from] ?? 0;
  into.subId[to] = columns.subId[from] ?? 0;
  into.beforeNs[to] = columns.beforeNs[from] ?? 0;
  into.callNs[to] = columns.callNs[from] ?? 0;
  into.value[to] = columns.value[from] ?? NaN;
  into.flags[to] = columns.flags[from] ?? 0;
  into.sensorNs[to] = columns.sensorNs[from] ?? NaN;
}
