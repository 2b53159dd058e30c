import { crc32 } from 'node:zlib';
import type { SampleColumns } from '../sample-columns.js';
import { SAMPLE_FLAGS } from '@fluidscope/trace-schema';
import { orderBySeries, type SeriesOrder } from '../series-order.js';
import { ByteWriter, LARGEST_VARINT_BYTES } from './byte-writer.js';
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
  seriesCount: writeCounts,
  beforeNs: writeTimes,
  callNs: writeCalls,
  value: writeValues,
  fresh: writeFresh,
  otherFlags: writeOtherFlags,
  sensorNs: writeSensorTimes,
};

/** The same in every frame, so that equal samples give equal bytes. */
const COLUMN_ORDER = Object.keys(WRITERS) as ColumnName[];
const COLUMN_ORDER_WITHOUT_SENSOR = COLUMN_ORDER.filter((name) => name !== 'sensorNs');

/**
 * The most that one sample can take: a varint each for its time, call, series (three numbers and a count), sensor's time and run of
 * flags (two), nine bytes for its value, and a bit in each of two columns.
 */
const LARGEST_SAMPLE_BYTES = 9 * LARGEST_VARINT_BYTES + 9 + 1;
/** Everything before the columns' bytes, and the rounding up of bits. */
const LARGEST_HEAD_BYTES = 256;
/** Larger frames are rare: the room for one is not kept. */
const LARGEST_KEPT_ROOM_BYTES = 1_048_576;

let keptRoom = new Uint8Array(0);

function roomOf(sizeBytes: number): Uint8Array {
  if (sizeBytes <= keptRoom.length) return keptRoom;
  const room = new Uint8Array(sizeBytes * 2);
  if (room.length <= LARGEST_KEPT_ROOM_BYTES) keptRoom = room;
  return room;
}

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
  const room = roomOf(LARGEST_HEAD_BYTES + LARGEST_SAMPLE_BYTES * length);
  const head = new ByteWriter(room.subarray(0, LARGEST_HEAD_BYTES));
  const body = new ByteWriter(room.subarray(LARGEST_HEAD_BYTES));
  head.varint(seq);
  head.varint(seq - coversFrom);
  head.varint(length);
  head.varint(ordered.order.seriesCount);
  writeColumns(head, body, ordered);
  return assemble(originMonoNs + BigInt(baseNs), head.written(), body.written());
}

const VARINTS_FROM = 20;

function assemble(baseMonoNs: bigint, head: Uint8Array, body: Uint8Array): Buffer {
  // Not from Node's pool: a frame is kept, and would keep the pool's other slices with it.
  const frame = Buffer.allocUnsafeSlow(VARINTS_FROM + head.length + body.length);
  frame.write(FRAME_MAGIC, 'latin1');
  frame.writeUInt32LE(FRAME_VERSION, 4);
  frame.writeBigUInt64LE(baseMonoNs, CHECKED_FROM);
  frame.set(head, VARINTS_FROM);
  frame.set(body, VARINTS_FROM + head.length);
  frame.writeUInt32LE(crc32(frame.subarray(CHECKED_FROM)), CRC_AT);
  return frame;
}

function writeColumns(head: ByteWriter, body: ByteWriter, ordered: Ordered): void {
  const names = hasSensorTime(ordered) ? COLUMN_ORDER : COLUMN_ORDER_WITHOUT_SENSOR;
  head.varint(names.length);
  for (const name of names) {
    const from = body.length;
    WRITERS[name](body, ordered);
    head.byte(COLUMN[name]);
    head.byte(COLUMN_ENCODING[name]);
    head.varint(body.length - from);
  }
}

function writeSeries(writer: ByteWriter, { order }: Ordered, values: Uint16Array | Uint32Array): void {
  const { rows, counts, seriesCount } = order;
  let before = 0;
  let from = 0;
  for (let series = 0; series < seriesCount; series++) {
    const value = values[rows[from] ?? 0] ?? 0;
    writer.signed(value - before);
    before = value;
    from += counts[series] ?? 0;
  }
}

function writeCounts(writer: ByteWriter, { order: { counts, seriesCount } }: Ordered): void {
  for (let series = 0; series < seriesCount; series++) writer.varint(counts[series] ?? 0);
}

/** A series ticks like the one before it: its first step is foretold by that one's last. */
function writeTimes(writer: ByteWriter, { columns, order, baseNs }: Ordered): void {
  const { rows, counts, seriesCount } = order;
  let firstNs = baseNs;
  let stepNs = 0;
  let at = 0;
  for (let series = 0; series < seriesCount; series++) {
    const to = at + (counts[series] ?? 0);
    let beforeNs = columns.beforeNs[rows[at] ?? 0] ?? 0;
    requireNear(beforeNs - baseNs);
    writer.signed(beforeNs - firstNs);
    firstNs = beforeNs;
    for (at++; at < to; at++) {
      const timeNs = columns.beforeNs[rows[at] ?? 0] ?? 0;
      requireNear(timeNs - baseNs);
      writer.signed(timeNs - beforeNs - stepNs);
      stepNs = timeNs - beforeNs;
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

function writeCalls(writer: ByteWriter, { columns, order: { rows } }: Ordered): void {
  let beforeNs = 0;
  for (let at = 0; at < rows.length; at++) {
    const callNs = columns.callNs[rows[at] ?? 0] ?? 0;
    writer.signed(callNs - beforeNs);
    beforeNs = callNs;
  }
}

function writeValues(writer: ByteWriter, { columns, order }: Ordered): void {
  const { rows, counts, seriesCount } = order;
  let at = 0;
  for (let series = 0; series < seriesCount; series++) {
    let before = 0;
    for (const to = at + (counts[series] ?? 0); at < to; at++) {
      const value = columns.value[rows[at] ?? 0] ?? NaN;
      writeValue(writer, value, before);
      before = value;
    }
  }
}

function writeFresh(writer: ByteWriter, { columns, order: { rows } }: Ordered): void {
  for (let from = 0; from < rows.length; from += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8 && from + bit < rows.length; bit++) {
      if (((columns.flags[rows[from + bit] ?? 0] ?? 0) & SAMPLE_FLAGS.fresh) !== 0) byte |= 1 << bit;
    }
    writer.byte(byte);
  }
}

function writeOtherFlags(writer: ByteWriter, { columns, order: { rows } }: Ordered): void {
  let flagsOfRun = 0;
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const flags = (columns.flags[rows[at] ?? 0] ?? 0) & ~SAMPLE_FLAGS.fresh;
    if (flags !== flagsOfRun && count > 0) {
      writer.varint(flagsOfRun);
      writer.varint(count);
      count = 0;
    }
    flagsOfRun = flags;
    count += 1;
  }
  writer.varint(flagsOfRun);
  writer.varint(count);
}

function writeSensorTimes(writer: ByteWriter, { columns, order: { rows } }: Ordered): void {
  for (let from = 0; from < rows.length; from += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8 && from + bit < rows.length; bit++) {
      if (isSensorTime(columns, rows[from + bit] ?? 0)) byte |= 1 << bit;
    }
    writer.byte(byte);
  }
  for (const row of rows) {
    if (isSensorTime(columns, row))
      writer.signed((columns.beforeNs[row] ?? 0) - (columns.sensorNs[row] ?? 0));
  }
}

function hasSensorTime({ columns }: Ordered): boolean {
  for (let row = 0; row < columns.length; row++) if (isSensorTime(columns, row)) return true;
  return false;
}

function isSensorTime({ beforeNs, sensorNs }: SampleColumns, row: number): boolean {
  const distanceNs = (beforeNs[row] ?? 0) - (sensorNs[row] ?? NaN);
  return Number.isSafeInteger(distanceNs) && Math.abs(distanceNs) < LARGEST_DISTANCE_NS;
}
