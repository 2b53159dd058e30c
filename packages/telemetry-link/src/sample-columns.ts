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

/** The columns of whole records. A part of a record at the end is left out. */
export function columnsOfRecords(records: Buffer, originMonoNs: bigint): SampleColumns {
  const length = Math.floor(records.length / SAMPLE_RECORD_BYTES);
  const columns = createSampleColumns(length);
  const originHigh = Number(originMonoNs >> 32n);
  const originLow = Number(originMonoNs & 0xffff_ffffn);
  for (let row = 0; row < length; row++) {
    const at = row * SAMPLE_RECORD_BYTES;
    // Two halves instead of a BigInt a row: a million samples a minute pass here.
    columns.beforeNs[row] =
      (records.readUInt32LE(at + 4) - originHigh) * TWO_TO_32 + (records.readUInt32LE(at) - originLow);
    columns.callNs[row] = records.readUInt32LE(at + 8);
    columns.gpuIndex[row] = records.readUInt16LE(at + 12);
    columns.metricId[row] = records.readUInt16LE(at + 14);
    columns.value[row] = records.readDoubleLE(at + 16);
    columns.flags[row] = records.readUInt32LE(at + 24);
    columns.subId[row] = records.readUInt32LE(at + 28);
    const sensorLow = records.readUInt32LE(at + 32);
    const sensorHigh = records.readUInt32LE(at + 36);
    columns.sensorNs[row] =
      sensorLow === 0 && sensorHigh === 0
        ? NaN
        : (sensorHigh - originHigh) * TWO_TO_32 + (sensorLow - originLow);
  }
  return columns;
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
