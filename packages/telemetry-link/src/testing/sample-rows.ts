import { createSampleColumns, type SampleColumns } from '../sample-columns.js';
import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';

/** One sample, times relative to an origin. */
export interface SampleRow {
  readonly gpuIndex: number;
  readonly metricId: number;
  readonly subId: number;
  readonly beforeNs: number;
  readonly callNs: number;
  readonly value: number;
  readonly flags: number;
  readonly sensorNs: number;
}

/** A sample of which only what matters is given. */
export function sampleRow(known: Partial<SampleRow> = {}): SampleRow {
  return {
    gpuIndex: 0,
    metricId: 1,
    subId: 0,
    beforeNs: 0,
    callNs: 4_000,
    value: 1_980,
    flags: 1,
    sensorNs: NaN,
    ...known,
  };
}

export function columnsOfRows(rows: readonly SampleRow[]): SampleColumns {
  const columns = createSampleColumns(rows.length);
  rows.forEach((row, at) => {
    columns.gpuIndex[at] = row.gpuIndex;
    columns.metricId[at] = row.metricId;
    columns.subId[at] = row.subId;
    columns.beforeNs[at] = row.beforeNs;
    columns.callNs[at] = row.callNs;
    columns.value[at] = row.value;
    columns.flags[at] = row.flags;
    columns.sensorNs[at] = row.sensorNs;
  });
  return columns;
}

export function rowsOfColumns(columns: SampleColumns): readonly SampleRow[] {
  return Array.from({ length: columns.length }, (_, at) => ({
    gpuIndex: columns.gpuIndex[at] ?? NaN,
    metricId: columns.metricId[at] ?? NaN,
    subId: columns.subId[at] ?? NaN,
    beforeNs: columns.beforeNs[at] ?? NaN,
    callNs: columns.callNs[at] ?? NaN,
    value: columns.value[at] ?? NaN,
    flags: columns.flags[at] ?? NaN,
    sensorNs: columns.sensorNs[at] ?? NaN,
  }));
}

/** Records as the sampler writes them. */
export function recordsOfRows(rows: readonly SampleRow[], originMonoNs: bigint): Buffer {
  const records = Buffer.alloc(rows.length * SAMPLE_RECORD_BYTES);
  rows.forEach((row, index) => {
    const at = index * SAMPLE_RECORD_BYTES;
    records.writeBigUInt64LE(originMonoNs + BigInt(row.beforeNs), at);
    records.writeUInt32LE(row.callNs, at + 8);
    records.writeUInt16LE(row.gpuIndex, at + 12);
    records.writeUInt16LE(row.metricId, at + 14);
    records.writeDoubleLE(row.value, at + 16);
    records.writeUInt32LE(row.flags, at + 24);
    records.writeUInt32LE(row.subId, at + 28);
    records.writeBigUInt64LE(Number.isNaN(row.sensorNs) ? 0n : originMonoNs + BigInt(row.sensorNs), at + 32);
  });
  return records;
}

/** In the order of series that a frame has; rows of one series stay in order. */
export function inSeriesOrder(rows: readonly SampleRow[]): readonly SampleRow[] {
  return rows.toSorted((a, b) => a.gpuIndex - b.gpuIndex || a.metricId - b.metricId || a.subId - b.subId);
}
