import { expect, it } from 'vitest';
import { RecordedRows } from '../testing/recorded-rows.js';
import { appendBatch, createPostingSink } from './posting-sink.js';
import { shareOf } from './share-of.js';

const COLUMNS = {
  length: 2,
  requestIndex: Uint32Array.of(7, 8, 99),
  seq: Uint32Array.of(0, 1, 99),
  arrivalNs: Float64Array.of(10, 20, 99),
  tokenCount: Uint32Array.of(1, 2, 99),
  stampSource: Uint8Array.of(1, 1, 99),
  errorNs: Float64Array.of(5, Number.NaN, 99),
};

it('posts chunk columns cut to their length, moved and not shared with the batch that goes on', () => {
  const rows = new RecordedRows();
  const sink = createPostingSink((batch, transfer) => {
    const posted = structuredClone(batch, { transfer: [...transfer] });
    expect(transfer.every((buffer) => buffer.byteLength === 0)).toBe(true);
    appendBatch(rows, posted);
  });
  sink.appendChunks(COLUMNS);
  expect(COLUMNS.arrivalNs).toHaveLength(3);
  expect(rows.chunks).toEqual([
    { requestIndex: 7, seq: 0, arrivalNs: 10, tokenCount: 1, stampSource: 'user' },
    { requestIndex: 8, seq: 1, arrivalNs: 20, tokenCount: 2, stampSource: 'user' },
  ]);
});

it('delivers every kind of row where it was bound for', () => {
  const calls: string[] = [];
  const direct = new Proxy(new RecordedRows(), { get: (_, name: string) => () => calls.push(name) });
  const sink = createPostingSink((batch) => appendBatch(direct, structuredClone(batch)));
  sink.appendRequestStarts([]);
  sink.appendRequestEnds([]);
  sink.appendChunkTokenCounts({ requestIndex: 0, seq: new Uint32Array(), tokenCount: new Uint32Array() });
  sink.appendDeadlineMisses([]);
  sink.appendHostSamples([]);
  sink.appendEvents([]);
  expect(calls).toEqual([
    'appendRequestStarts',
    'appendRequestEnds',
    'appendChunkTokenCounts',
    'appendDeadlineMisses',
    'appendHostSamples',
    'appendEvents',
  ]);
});

it('deals a number out to its last unit', () => {
  expect([0, 1, 2].map((index) => shareOf(7, index, 3))).toEqual([3, 2, 2]);
  expect([0, 1, 2].map((index) => shareOf(3, index, 3))).toEqual([1, 1, 1]);
  expect(shareOf(undefined, 0, 3)).toBeUndefined();
});
