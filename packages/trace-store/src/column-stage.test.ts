import { DuckDBDataChunk } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { ChunkBuffer } from './column-buffer.js';
import { ColumnStage } from './column-stage.js';
import { CHUNKS } from './column-tables.js';
import type { StagedRows } from './staged-rows.js';
import { columnsOf, type ChunkRow } from './testing/written-trace.js';

function chunk(seq: number, errorNs: number): ChunkRow {
  return { requestIndex: 1, seq, arrivalNs: seq * 10, tokenCount: 1, stampSource: 0, errorNs };
}

/** `seq` and `error_ns` of all rows, as DuckDB has them. */
function valuesOf(rows: StagedRows): readonly unknown[] {
  const types = CHUNKS.columns.map(({ type }) => type);
  const filled = DuckDBDataChunk.create(types, rows.length);
  rows.fill(filled, 0, rows.length);
  return filled.getRows().map(([, seq, , , , errorNs]) => [seq, errorNs]);
}

it('fills its two buffers in turn and remembers nothing of what they held', () => {
  const stage = new ColumnStage(CHUNKS, ChunkBuffer);
  stage.append(columnsOf([chunk(0, NaN), chunk(1, NaN), chunk(2, 5)]));
  expect(valuesOf(stage.take())).toEqual([
    [0, null],
    [1, null],
    [2, 5n],
  ]);
  stage.append(columnsOf([chunk(3, 6)]));
  expect(valuesOf(stage.take())).toEqual([[3, 6n]]);
  stage.append(columnsOf([chunk(4, 7), chunk(5, NaN)]));
  expect(valuesOf(stage.take())).toEqual([
    [4, 7n],
    [5, null],
  ]);
  expect(stage.length).toBe(0);
});

it('keeps what it holds when it grows', () => {
  const stage = new ColumnStage(CHUNKS, ChunkBuffer);
  stage.append(columnsOf([chunk(0, NaN), chunk(1, -4_294_967_297)]));
  stage.append(columnsOf(Array.from({ length: 20_000 }, (_, index) => chunk(index, index))));
  const rows = stage.take();
  expect(rows.length).toBe(20_002);
  expect(valuesOf({ length: 3, fill: (to, from, count) => rows.fill(to, from, count) })).toEqual([
    [0, null],
    [1, -4_294_967_297n],
    [0, 0n],
  ]);
});
