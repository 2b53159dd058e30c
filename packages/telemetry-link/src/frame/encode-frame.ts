import { crc32 } from 'node:zlib';
import type { SampleColumns } from '../sample-columns.js';
import { SAMPLE_FLAGS } from '@fluidscope/trace-schema';
import { orderBySeries, type SeriesOrder } from '../series-order.js';
import { ByteWriter } from './byte-writer.js';
import {
  CHECKED_FROM,
  COLUMN,
  COLUMN_ENCODING,
  CRC_AT,
  FRAME_MAGIC,
  FRAME_VERSION,
  MAX_FRAME_SAMPLES,
  type ColumnName,
  type SampleFrame,
} from './frame-format.js';
import { writeValue } from './value-coding.js';

/** Times this far from the frame's first cannot be coded: 3 days. Only a broken record has one. */
const LARGEST_DISTANCE_NS = 2 ** 48;

/** Samples ordered by series, and a writer for the columns of them. */
interface Ordered {
  readonly columns: SampleColumns;
  readonly order: SeriesOrder;
  readonly baseNs: number;
}

type WriteColumn = (writer: ByteWriter, ordered: Ordered) => void;

const WRITERS: Readonly<Record<ColumnName, WriteColumn>> = {
  seriesGpuIndex: (writer, ordered) => writeSeries(writer, ordered, ordered.columns.gpuIndex),
  seriesMetricId: (writer, ordered) => writeSeries(writer, ordered, ordered.columns.metricId),
  seriesSubId: (writer, ordered) => writeSeries(writer, ordered, ordered.columns.subId),
  seriesCount: (writer, { order }) => order.counts.forEach((count) => writer.varint(count)),
  beforeNs: writeTimes,
  callNs: writeCalls,
  value: writeValues,
  fresh: (writer, { columns, order }) =>
    writeBits(writer, order.rows, (row) => ((columns.flags[row] ?? 0) & SAMPLE_FLAGS.fresh) !== 0),
  otherFlags: writeOtherFlags,
  sensorNs: writeSensorTimes,
};

/** The same in every frame, so that equal samples give equal bytes. */
const COLUMN_ORDER = Object.keys(WRITERS) as ColumnName[];

/**
 * The bytes of a frame. `columns` has 1 to `MAX_FRAME_SAMPLES` rows; their times are relative to `originMonoNs`.
 * Throws a `RangeError` for none, too many, or times more than 3 days apart. A sensor's time that far off is left out.
 */
export function encodeFrame({ seq, coversFrom, columns }: SampleFrame, originMonoNs: bigint): Buffer {
  const { length } = columns;
  if (length < 1 || length > MAX_FRAME_SAMPLES) {
    throw new RangeError(`Expected 1 to ${MAX_FRAME_SAMPLES} samples but received ${length}`);
  }
  const baseNs = columns.beforeNs[0] ?? 0;
  const ordered = { columns, order: orderBySeries(columns), baseNs };
  const { head, body } = writeColumns(ordered);
  const frame = new ByteWriter(64 + head.length + body.length);
  frame.bytes(Buffer.from(FRAME_MAGIC, 'latin1'));
  frame.bytes(Uint8Array.of(FRAME_VERSION, 0, 0, 0));
  frame.uint32(0);
  frame.uint64(originMonoNs + BigInt(baseNs));
  frame.varint(seq);
  frame.varint(seq - coversFrom);
  frame.varint(length);
  frame.varint(ordered.order.seriesCount);
  frame.bytes(head.written());
  frame.bytes(body.written());
  const bytes = frame.written();
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKED_FROM)), CRC_AT);
  return bytes;
}

function writeColumns(ordered: Ordered): { readonly head: ByteWriter; readonly body: ByteWriter } {
  const names = COLUMN_ORDER.filter((name) => name !== 'sensorNs' || hasSensorTime(ordered));
  const head = new ByteWriter(64);
  const body = new ByteWriter(64 + 16 * ordered.columns.length);
  head.varint(names.length);
  for (const name of names) {
    const from = body.length;
    WRITERS[name](body, ordered);
    head.byte(COLUMN[name]);
    head.byte(COLUMN_ENCODING[name]);
    head.varint(body.length - from);
  }
  return { head, body };
}

function writeSeries(writer: ByteWriter, { order }: Ordered, values: Uint16Array | Uint32Array): void {
  let before = 0;
  for (const { from } of seriesOf(order)) {
    const value = values[order.rows[from] ?? 0] ?? 0;
    writer.signed(value - before);
    before = value;
  }
}

/** A series ticks like the one before it: its first step is foretold by that one's last. */
function writeTimes(writer: ByteWriter, { columns, order, baseNs }: Ordered): void {
  let firstNs = baseNs;
  let stepNs = 0;
  for (const { from, to } of seriesOf(order)) {
    let beforeNs = firstNs;
    for (let at = from; at < to; at++) {
      const timeNs = columns.beforeNs[order.rows[at] ?? 0] ?? 0;
      requireNear(timeNs - baseNs);
      if (at === from) {
        writer.signed(timeNs - firstNs);
        firstNs = timeNs;
      } else {
        writer.signed(timeNs - beforeNs - stepNs);
        stepNs = timeNs - beforeNs;
      }
      beforeNs = timeNs;
    }
  }
}

function requireNear(distanceNs: number): void {
  if (Number.isSafeInteger(distanceNs) && Math.abs(distanceNs) < LARGEST_DISTANCE_NS) return;
  throw new RangeError(
    `Expected whole ns within 3 days of the frame's first sample but received ${distanceNs}`,
  );
}

function writeCalls(writer: ByteWriter, { columns, order }: Ordered): void {
  let beforeNs = 0;
  for (const row of order.rows) {
    const callNs = columns.callNs[row] ?? 0;
    writer.signed(callNs - beforeNs);
    beforeNs = callNs;
  }
}

function writeValues(writer: ByteWriter, { columns, order }: Ordered): void {
  for (const { from, to } of seriesOf(order)) {
    let before = 0;
    for (let at = from; at < to; at++) {
      const value = columns.value[order.rows[at] ?? 0] ?? NaN;
      writeValue(writer, value, before);
      before = value;
    }
  }
}

function writeOtherFlags(writer: ByteWriter, { columns, order }: Ordered): void {
  let run: { readonly flags: number; count: number } | undefined;
  for (const row of order.rows) {
    const flags = (columns.flags[row] ?? 0) & ~SAMPLE_FLAGS.fresh;
    if (run?.flags === flags) {
      run.count += 1;
      continue;
    }
    writeRun(writer, run);
    run = { flags, count: 1 };
  }
  writeRun(writer, run);
}

function writeRun(
  writer: ByteWriter,
  run: { readonly flags: number; readonly count: number } | undefined,
): void {
  if (run === undefined) return;
  writer.varint(run.flags);
  writer.varint(run.count);
}

function writeSensorTimes(writer: ByteWriter, ordered: Ordered): void {
  const { columns, order } = ordered;
  writeBits(writer, order.rows, (row) => isSensorTime(columns, row));
  for (const row of order.rows) {
    if (isSensorTime(columns, row))
      writer.signed((columns.beforeNs[row] ?? 0) - (columns.sensorNs[row] ?? 0));
  }
}

function hasSensorTime({ columns }: Ordered): boolean {
  for (let row = 0; row < columns.length; row++) if (isSensorTime(columns, row)) return true;
  return false;
}

function isSensorTime(columns: SampleColumns, row: number): boolean {
  const distanceNs = (columns.beforeNs[row] ?? 0) - (columns.sensorNs[row] ?? NaN);
  return Number.isSafeInteger(distanceNs) && Math.abs(distanceNs) < LARGEST_DISTANCE_NS;
}

function writeBits(writer: ByteWriter, rows: Uint32Array, isSet: (row: number) => boolean): void {
  for (let from = 0; from < rows.length; from += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8 && from + bit < rows.length; bit++) {
      if (isSet(rows[from + bit] ?? 0)) byte |= 1 << bit;
    }
    writer.byte(byte);
  }
}

function* seriesOf({
  counts,
}: SeriesOrder): Generator<{ readonly from: number; readonly to: number }, void, void> {
  let from = 0;
  for (const count of counts) {
    yield { from, to: from + count };
    from += count;
  }
}
