import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';

export interface SampleRecord {
  /** CLOCK_MONOTONIC of the GPU's host just before the call, ns. */
  readonly beforeNs: bigint;
  /** What the call took; saturates at 4.29 s. */
  readonly callNs: number;
  readonly gpuIndex: number;
  /** An id of GPU_METRICS. */
  readonly metricId: number;
  /** Whole for counters; a counter that starts above 2^53 is given relative to its epoch's first value. */
  readonly value: number;
  /** Bits of SAMPLE_FLAGS. */
  readonly flags: number;
  /** 0, a pid, an NVLink's number + 1, or a MIG GPU instance's id + 1. */
  readonly subId: number;
  /** Driver's time (buffered) or start of the mean (window), in the clock of `beforeNs`; 0n when there is none. */
  readonly sensorNs: bigint;
}

/** The number of whole records; a buffer never ends in a part of one. */
export function sampleRecordCount(records: Buffer): number {
  return Math.floor(records.length / SAMPLE_RECORD_BYTES);
}

/** Records as objects: for tests and low rates. What carries all samples on reads the columns from the buffer instead. */
export function* sampleRecordsOf(records: Buffer): Generator<SampleRecord> {
  for (let at = 0; at + SAMPLE_RECORD_BYTES <= records.length; at += SAMPLE_RECORD_BYTES) {
    yield {
      beforeNs: records.readBigUInt64LE(at),
      callNs: records.readUInt32LE(at + 8),
      gpuIndex: records.readUInt16LE(at + 12),
      metricId: records.readUInt16LE(at + 14),
      value: records.readDoubleLE(at + 16),
      flags: records.readUInt32LE(at + 24),
      subId: records.readUInt32LE(at + 28),
      sensorNs: records.readBigUInt64LE(at + 32),
    };
  }
}
