import type { DatasetRow } from './spec.js';

/** Rows are taken in the file's order, and again from the first after the last. `rows` is not empty. */
export function rowAt(rows: readonly DatasetRow[], position: number): DatasetRow {
  const row = rows[position % rows.length];
  if (row === undefined) throw new RangeError('Expected a data set with rows but received none');
  return row;
}
