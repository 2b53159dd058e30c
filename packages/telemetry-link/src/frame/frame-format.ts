import type { SampleColumns } from '../sample-columns.js';

/**
 * A frame of samples, version 1, little-endian. It stands alone: whoever has one frame and this file can read it.
 *
 *     0   4 bytes  "FSTF"
 *     4   u8       version
 *     5   3 bytes  0
 *     8   u32      CRC-32 (zlib's) of everything from byte 12 on
 *     12  u64      base_mono_ns: the agent host's CLOCK_MONOTONIC to which times are relative
 *     20  varint   seq: the frame's number in its stream
 *         varint   seq - covers_from: items before it in which this reader had selected nothing
 *         varint   number of samples
 *         varint   number of series: distinct (gpu, metric, sub_id)
 *         varint   number of columns, then for each: u8 column, u8 encoding, varint bytes
 *         the columns' bytes, in that order
 *
 * Samples stand series after series. A column that a reader does not know is skipped; one that it needs and that is absent or encoded in
 * a way that it does not know is an error.
 */
export const FRAME_MAGIC = 'FSTF';
export const FRAME_VERSION = 1;
export const CRC_AT = 8;
export const CHECKED_FROM = 12;

/** Most samples a frame may hold, and so what one frame can make a reader allocate: 2.3 MB. */
export const MAX_FRAME_SAMPLES = 65_536;

/** The number of each column. Columns before `before_ns` have one entry a series, the others one a sample. */
export const COLUMN = {
  seriesGpuIndex: 1,
  seriesMetricId: 2,
  seriesSubId: 3,
  seriesCount: 4,
  beforeNs: 16,
  callNs: 17,
  value: 18,
  fresh: 19,
  otherFlags: 20,
  /** Left out where no sample has one. */
  sensorNs: 21,
} as const;

export const ENCODING = {
  /** A varint each. */
  plain: 1,
  /** Zigzag varint of the difference to the entry before; to 0 for the first. */
  delta: 2,
  /** Within a series: zigzag varint of the change of the difference; a series' first is relative to the first of the series before. */
  deltaOfDelta: 3,
  /** See `value-coding.ts`; a series' first follows on 0. */
  value: 4,
  /** One bit a sample, lowest bit of a byte first. */
  bits: 5,
  /** Pairs of varints: value, how many samples. */
  runs: 6,
  /** `bits`, then for each sample whose bit is set the zigzag varint of `before_ns` minus it. */
  sparseDistance: 7,
} as const;

export type ColumnName = keyof typeof COLUMN;

/** The one encoding of each column in version 1. */
export const COLUMN_ENCODING: Readonly<Record<ColumnName, number>> = {
  seriesGpuIndex: ENCODING.delta,
  seriesMetricId: ENCODING.delta,
  seriesSubId: ENCODING.delta,
  seriesCount: ENCODING.plain,
  beforeNs: ENCODING.deltaOfDelta,
  callNs: ENCODING.delta,
  value: ENCODING.value,
  fresh: ENCODING.bits,
  otherFlags: ENCODING.runs,
  sensorNs: ENCODING.sparseDistance,
};

export interface SampleFrame {
  readonly seq: number;
  /** First item that this frame speaks for: those from here to `seq - 1` held nothing of the reader's selection. */
  readonly coversFrom: number;
  /** Times relative to the origin that was given to the coder. */
  readonly columns: SampleColumns;
}
