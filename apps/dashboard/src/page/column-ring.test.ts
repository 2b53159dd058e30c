import { expect, it } from 'vitest';
import { ColumnRing, COLUMNS_COUNT, KnownColumns } from './column-ring.js';

it('keeps the last columns, and knows nothing of one whose place another has', () => {
  const known = new KnownColumns();
  const ring = new ColumnRing(known);
  const put = (column: number, value: number): void => {
    known.add(column);
    ring.put(column, value);
  };
  expect(ring.at(-1)).toBeNaN();
  put(3, 30);
  put(5, 50);
  expect([ring.at(3), ring.at(4), ring.at(5)]).toEqual([30, NaN, 50]);
  expect(ring.largest(0, 9)).toBe(50);
  put(3 + COLUMNS_COUNT, 7);
  // 4 never came, 3 is gone, and nothing of the minute before shows through.
  expect([ring.at(3), ring.at(4 + COLUMNS_COUNT), ring.at(3 + COLUMNS_COUNT)]).toEqual([NaN, NaN, 7]);
  expect(ring.largest(4 + COLUMNS_COUNT, 9 + COLUMNS_COUNT)).toBe(0);
});
