import { crc32 } from 'node:zlib';
import { createSampleColumns, type SampleColumns } from '../sample-columns.js';
import { SAMPLE_FLAGS } from '@fluidscope/trace-schema';
import { ByteReader } from './byte-reader.js';
import { frameError } from './frame-error.js';
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
import { readValue } from './value-coding.js';

const MAX_COLUMNS = 64;

/** The parts of a frame before its columns are read. */
interface FrameParts {
  readonly seq: number;
  readonly coversFrom: number;
  readonly samplesCount: number;
  readonly seriesCount: number;
  /** Relative to the reader's origin. */
  readonly baseNs: number;
  readonly column: (name: ColumnName) => ByteReader | undefined;
}

/** The samples of a frame, times relative to `originMonoNs`. Throws `link.bad-frame` for anything that is not a whole frame. */
export function decodeFrame(bytes: Buffer, originMonoNs: bigint): SampleFrame {
  const parts = readParts(bytes, originMonoNs);
  const columns = createSampleColumns(parts.samplesCount);
  const counts = readSeries(parts, columns);
  readTimes(parts, columns, counts);
  readCalls(parts, columns);
  readValues(parts, columns, counts);
  readFlags(parts, columns);
  readSensorTimes(parts, columns);
  return { seq: parts.seq, coversFrom: parts.coversFrom, columns };
}

function readParts(bytes: Buffer, originMonoNs: bigint): FrameParts {
  requireWhole(bytes);
  const reader = new ByteReader(bytes, CHECKED_FROM);
  const baseNs = Number(reader.uint64() - originMonoNs);
  if (!Number.isSafeInteger(baseNs)) throw frameError('its time is more than 104 days from the origin');
  const seq = reader.varint();
  const coversFrom = seq - reader.varint();
  const samplesCount = reader.varint();
  const seriesCount = reader.varint();
  if (coversFrom < 0) throw frameError('it covers items before the first');
  if (samplesCount < 1 || samplesCount > MAX_FRAME_SAMPLES)
    throw frameError(`it claims ${samplesCount} samples`);
  if (seriesCount < 1 || seriesCount > samplesCount) throw frameError(`it claims ${seriesCount} series`);
  return { seq, coversFrom, samplesCount, seriesCount, baseNs, column: readColumnTable(reader) };
}

function requireWhole(bytes: Buffer): void {
  if (bytes.length < CHECKED_FROM) throw frameError(`it has ${bytes.length} bytes`);
  if (bytes.toString('latin1', 0, FRAME_MAGIC.length) !== FRAME_MAGIC)
    throw frameError('it begins otherwise');
  const version = bytes[FRAME_MAGIC.length];
  if (version !== FRAME_VERSION) throw frameError(`it has version ${version}, known is ${FRAME_VERSION}`);
  if (bytes.readUInt32LE(CRC_AT) !== crc32(bytes.subarray(CHECKED_FROM))) {
    throw frameError('its checksum does not fit');
  }
}

function readColumnTable(reader: ByteReader): FrameParts['column'] {
  const columnsCount = reader.varint();
  if (columnsCount > MAX_COLUMNS) throw frameError(`it claims ${columnsCount} columns`);
  const table = Array.from({ length: columnsCount }, () => ({
    id: reader.byte(),
    encoding: reader.byte(),
    length: reader.varint(),
  }));
  const columns = new Map(
    table.map(({ id, encoding, length }) => [id, { encoding, bytes: reader.part(length) }]),
  );
  if (columns.size !== columnsCount) throw frameError('it has a column twice');
  reader.requireEnd('it');
  return (name) => {
    const column = columns.get(COLUMN[name]);
    if (column !== undefined && column.encoding !== COLUMN_ENCODING[name]) {
      throw frameError(`${name} has the unknown encoding ${column.encoding}`);
    }
    return column?.bytes;
  };
}

function requireColumn({ column }: FrameParts, name: ColumnName): ByteReader {
  const bytes = column(name);
  if (bytes === undefined) throw frameError(`${name} is absent`);
  return bytes;
}

/** Fills what names the series of each sample, and returns how many samples each series has. */
function readSeries(parts: FrameParts, columns: SampleColumns): Uint32Array {
  const counts = new Uint32Array(parts.seriesCount);
  const countBytes = requireColumn(parts, 'seriesCount');
  let total = 0;
  for (let series = 0; series < counts.length; series++) {
    const count = countBytes.varint();
    total += count;
    if (count < 1 || total > parts.samplesCount) throw frameError('its series do not add up');
    counts[series] = count;
  }
  if (total !== parts.samplesCount) throw frameError('its series do not add up');
  countBytes.requireEnd('seriesCount');
  spread(parts, 'seriesGpuIndex', { counts, into: columns.gpuIndex, limit: 0xffff });
  spread(parts, 'seriesMetricId', { counts, into: columns.metricId, limit: 0xffff });
  spread(parts, 'seriesSubId', { counts, into: columns.subId, limit: 0xffff_ffff });
  return counts;
}

function spread(
  parts: FrameParts,
  name: ColumnName,
  {
    counts,
    into,
    limit,
  }: {
    readonly counts: Uint32Array;
    readonly into: Uint16Array | Uint32Array;
    readonly limit: number;
  },
): void {
  const bytes = requireColumn(parts, name);
  let value = 0;
  let row = 0;
  for (const count of counts) {
    value += bytes.signed();
    if (value < 0 || value > limit) throw frameError(`${name} is out of range`);
    into.fill(value, row, row + count);
    row += count;
  }
  bytes.requireEnd(name);
}

function readTimes(parts: FrameParts, { beforeNs: times }: SampleColumns, counts: Uint32Array): void {
  const bytes = requireColumn(parts, 'beforeNs');
  let firstNs = parts.baseNs;
  let stepNs = 0;
  let row = 0;
  for (const count of counts) {
    firstNs += bytes.signed();
    let timeNs = firstNs;
    for (let at = 0; at < count; at++) {
      if (at > 0) {
        stepNs += bytes.signed();
        timeNs += stepNs;
      }
      if (!Number.isSafeInteger(timeNs)) throw frameError('a time is out of range');
      times[row++] = timeNs;
    }
  }
  bytes.requireEnd('beforeNs');
}

function readCalls(parts: FrameParts, columns: SampleColumns): void {
  const bytes = requireColumn(parts, 'callNs');
  let callNs = 0;
  for (let row = 0; row < columns.length; row++) {
    callNs += bytes.signed();
    if (callNs < 0 || callNs > 0xffff_ffff) throw frameError('callNs is out of range');
    columns.callNs[row] = callNs;
  }
  bytes.requireEnd('callNs');
}

function readValues(parts: FrameParts, columns: SampleColumns, counts: Uint32Array): void {
  const bytes = requireColumn(parts, 'value');
  let row = 0;
  for (const count of counts) {
    let value = 0;
    for (let at = 0; at < count; at++) {
      value = readValue(bytes, value);
      columns.value[row++] = value;
    }
  }
  bytes.requireEnd('value');
}

function readFlags(parts: FrameParts, { length, flags }: SampleColumns): void {
  const others = requireColumn(parts, 'otherFlags');
  for (let row = 0; row < length;) {
    const value = others.varint();
    const count = others.varint();
    if (value > 0xff || count < 1 || row + count > length) throw frameError('its flags do not add up');
    flags.fill(value, row, row + count);
    row += count;
  }
  others.requireEnd('otherFlags');
  const fresh = readBits(requireColumn(parts, 'fresh'), length);
  for (let row = 0; row < length; row++) {
    if (isBitSet(fresh, row)) flags[row] = (flags[row] ?? 0) | SAMPLE_FLAGS.fresh;
  }
}

function readSensorTimes(parts: FrameParts, { length, beforeNs, sensorNs }: SampleColumns): void {
  sensorNs.fill(NaN);
  const bytes = parts.column('sensorNs');
  if (bytes === undefined) return;
  const present = readBits(bytes, length, 'more');
  for (let row = 0; row < length; row++) {
    if (isBitSet(present, row)) sensorNs[row] = (beforeNs[row] ?? 0) - bytes.signed();
  }
  bytes.requireEnd('sensorNs');
}

function readBits(bytes: ByteReader, count: number, after: 'nothing' | 'more' = 'nothing'): Uint8Array {
  const bits = Uint8Array.from({ length: Math.ceil(count / 8) }, () => bytes.byte());
  if (after === 'nothing') bytes.requireEnd('fresh');
  return bits;
}

function isBitSet(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
