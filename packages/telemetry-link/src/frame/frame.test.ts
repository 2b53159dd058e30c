import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import { FluidscopeError } from '@fluidscope/errors';
import { columnsOfRecords } from '../sample-columns.js';
import { HOST_GPU_INDEX } from '@fluidscope/trace-schema';
import {
  columnsOfRows,
  inSeriesOrder,
  recordsOfRows,
  rowsOfColumns,
  sampleRow,
  type SampleRow,
} from '../testing/sample-rows.js';
import { decodeFrame } from './decode-frame.js';
import { encodeFrame } from './encode-frame.js';

/** An uptime of a year: as a plain number its nanoseconds would be inexact. */
const ORIGIN = 31_536_000_000_000_123n;

const GOLDEN_ROWS = [
  sampleRow({ beforeNs: 5, metricId: 1, value: 1_980 }),
  sampleRow({ beforeNs: 40, metricId: 5, value: 300_000, callNs: 21_000 }),
  sampleRow({ beforeNs: 10_000_003, metricId: 1, value: 1_965 }),
  sampleRow({ beforeNs: 10_000_045, metricId: 5, value: 300_000, callNs: 20_500, flags: 0 }),
  sampleRow({ beforeNs: 900, metricId: 50, value: 12.5, flags: 9, sensorNs: -100_000_000 }),
  sampleRow({ beforeNs: 950, gpuIndex: HOST_GPU_INDEX, metricId: 1_001, subId: 3, value: 0.1 }),
];

/** Frames that were once written must stay readable: a change of these bytes is a new frame version. */
const GOLDEN_FRAMES = {
  1: '4653544601000000faae65d08000a32dd3097000ac020206040a01020602020503020404010410030a11020c120413130501140606150705000000feff0702085aee0e000000060202010100fcd9c409460eb80d64c03e00d08902e707e7810200f03d3a809f4900052940119a9999999999b93f37000408010001108892af5f',
};

it('writes and reads the golden frame of version 1', () => {
  const bytes = encodeFrame({ seq: 300, coversFrom: 298, columns: columnsOfRows(GOLDEN_ROWS) }, ORIGIN);
  expect(bytes.toString('hex')).toBe(GOLDEN_FRAMES[1]);
  const frame = decodeFrame(Buffer.from(GOLDEN_FRAMES[1], 'hex'), ORIGIN);
  expect(frame).toMatchObject({ seq: 300, coversFrom: 298 });
  expect(rowsOfColumns(frame.columns)).toEqual(inSeriesOrder(GOLDEN_ROWS));
});

const anySample: fc.Arbitrary<SampleRow> = fc.record({
  gpuIndex: fc.oneof(fc.nat(8), fc.constant(HOST_GPU_INDEX)),
  metricId: fc.integer({ min: 1, max: 0xffff }),
  subId: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff_ffff })),
  beforeNs: fc.integer({ min: -(2 ** 46), max: 2 ** 46 }),
  callNs: fc.integer({ min: 0, max: 0xffff_ffff }),
  value: fc.oneof(fc.double(), fc.maxSafeInteger(), fc.nat(100), fc.constantFrom(-0, NaN, 0)),
  flags: fc.nat(255),
  sensorNs: fc.oneof(fc.constant(NaN), fc.integer({ min: -(2 ** 46), max: 2 ** 46 })),
});
const samples = fc.array(anySample, { minLength: 1, maxLength: 60 });

it('gives back any samples, whatever the origin of either side', () => {
  fc.assert(
    fc.property(samples, fc.bigInt({ min: 2n ** 50n, max: 2n ** 62n }), fc.nat(), (rows, origin, seq) => {
      const columns = columnsOfRecords(recordsOfRows(rows, origin), origin);
      expect(rowsOfColumns(columns)).toEqual(rows);
      const bytes = encodeFrame({ seq, coversFrom: seq, columns }, origin);
      const frame = decodeFrame(bytes, origin - 7n);
      const moved = inSeriesOrder(rows).map((row) => ({
        ...row,
        beforeNs: row.beforeNs + 7,
        sensorNs: row.sensorNs + 7,
      }));
      expect(rowsOfColumns(frame.columns)).toEqual(moved);
    }),
  );
});

it('leaves out a part of a record at the end', () => {
  const records = recordsOfRows([sampleRow(), sampleRow()], ORIGIN);
  expect(columnsOfRecords(records.subarray(0, 79), ORIGIN).length).toBe(1);
});

it('refuses to write nothing, too much, or times days apart', () => {
  const frameOf = (rows: readonly SampleRow[]) =>
    encodeFrame({ seq: 0, coversFrom: 0, columns: columnsOfRows(rows) }, ORIGIN);
  expect(() => frameOf([])).toThrow(RangeError);
  expect(() => frameOf(Array.from({ length: 65_537 }, () => sampleRow()))).toThrow(RangeError);
  expect(() => frameOf([sampleRow(), sampleRow({ beforeNs: 2 ** 49 })])).toThrow(RangeError);
});

describe('bytes of unknown origin', () => {
  const whole = encodeFrame({ seq: 1, coversFrom: 1, columns: columnsOfRows(GOLDEN_ROWS) }, ORIGIN);

  it('refuses every frame with one bit turned', () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const mutated = Buffer.from(whole);
      mutated[bit >> 3] = (mutated[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // Bytes 5 to 7 are not read: they are kept for later versions.
      if (bit >> 3 < 5 || bit >> 3 >= 8) expect(() => decodeFrame(mutated, ORIGIN)).toThrow(FluidscopeError);
    }
  });

  it('refuses or reads what was made to pass the checksum, and never throws anything else', () => {
    const mutations = fc.array(fc.tuple(fc.nat(whole.length - 13), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(mutations, fc.nat(whole.length), (changes, cutBytes) => {
        const mutated = Buffer.from(whole.subarray(0, Math.max(13, whole.length - (cutBytes % 40))));
        for (const [at, byte] of changes) if (12 + at < mutated.length) mutated[12 + at] = byte;
        mutated.writeUInt32LE(crc32(mutated.subarray(12)), 8);
        expectFrameOrError(mutated);
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuses random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expectFrameOrError(Buffer.from(bytes))),
    );
  });

  it('refuses samples that are only claimed', () => {
    const claimed = Buffer.from(whole);
    // The number of samples, behind a one-byte seq and covers_from: now 127, of columns that hold 6.
    claimed[22] = 0x7f;
    claimed.writeUInt32LE(crc32(claimed.subarray(12)), 8);
    expect(() => decodeFrame(claimed, ORIGIN)).toThrow('do not add up');
  });
});

function expectFrameOrError(bytes: Buffer): void {
  try {
    expect(decodeFrame(bytes, ORIGIN).columns.length).toBeGreaterThan(0);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'link.bad-frame' });
  }
}

it('takes few bytes a sample', () => {
  const bytesPerSample = (flushMs: number, fastHz: number) => {
    const rows = realisticRows(flushMs, fastHz);
    return encodeFrame({ seq: 1, coversFrom: 1, columns: columnsOfRows(rows) }, ORIGIN).length / rows.length;
  };
  // 8 GPUs, 5 quick metrics, flushed every 20 ms: measured 8.0 and 6.0, against 40 raw.
  expect(bytesPerSample(20, 100)).toBeLessThan(9);
  expect(bytesPerSample(20, 1_000)).toBeLessThan(7);
});

/** Clocks and power that move, calls that jitter by a tenth, ticks that jitter by 20 µs: deterministic. */
function realisticRows(flushMs: number, fastHz: number): readonly SampleRow[] {
  let state = 1;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const rows: SampleRow[] = [];
  const levels = new Map([
    [1, 1_980],
    [2, 2_619],
    [3, 4],
    [4, 0],
    [5, 420_000],
  ]);
  for (let tick = 0; tick < (flushMs * fastHz) / 1_000; tick++) {
    let timeNs = Math.round((tick * 1e9) / fastHz + random() * 20_000);
    for (let gpuIndex = 0; gpuIndex < 8; gpuIndex++) {
      for (const [metricId, level] of levels) {
        const moves = (metricId === 5 || metricId === 1) && random() < 0.5;
        const value = moves ? level + Math.round((random() - 0.5) * level * 0.05) : level;
        const callNs = Math.round(4_000 + random() * 400);
        rows.push(sampleRow({ gpuIndex, metricId, value, beforeNs: timeNs, callNs, flags: moves ? 1 : 0 }));
        timeNs += callNs + 150;
      }
    }
  }
  return rows;
}
