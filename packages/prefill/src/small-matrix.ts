/** A square matrix of at most three rows, by rows. */
export type SmallMatrix = readonly (readonly number[])[];

/** By Gauss and Jordan with pivots; `undefined` where the matrix is singular to the precision of doubles. */
export function inverted(matrix: SmallMatrix): SmallMatrix | undefined {
  const rowsCount = matrix.length;
  const rows = matrix.map((row, at) => [...row, ...row.map((_, column) => (column === at ? 1 : 0))]);
  for (let column = 0; column < rowsCount; column += 1) {
    const pivotAt = pivotRow(rows, column);
    const pivot = rows[pivotAt];
    const head = pivot?.[column] ?? 0;
    if (pivot === undefined || !(Math.abs(head) > 1e-13 * scaleOf(matrix))) return undefined;
    rows[pivotAt] = rows[column] ?? pivot;
    rows[column] = pivot.map((value) => value / head);
    clear(rows, column);
  }
  return rows.map((row) => row.slice(rowsCount));
}

export function product(matrix: SmallMatrix, vector: readonly number[]): number[] {
  return matrix.map((row) => dot(row, vector));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

/** Sum over rows of `weight × row × rowᵀ`. */
export function weightedOuterSum(
  rows: readonly (readonly number[])[],
  weights: readonly number[],
): SmallMatrix {
  const columnsCount = rows[0]?.length ?? 0;
  return Array.from({ length: columnsCount }, (_, a) =>
    Array.from({ length: columnsCount }, (__, b) =>
      rows.reduce((sum, row, at) => sum + (weights[at] ?? 0) * (row[a] ?? 0) * (row[b] ?? 0), 0),
    ),
  );
}

function pivotRow(rows: readonly (readonly number[])[], column: number): number {
  let best = column;
  for (let at = column + 1; at < rows.length; at += 1)
    if (Math.abs(rows[at]?.[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0)) best = at;
  return best;
}

function clear(rows: number[][], column: number): void {
  const pivot = rows[column] ?? [];
  rows.forEach((row, at) => {
    const factor = row[column] ?? 0;
    if (at !== column) rows[at] = row.map((value, each) => value - factor * (pivot[each] ?? 0));
  });
}

function scaleOf(matrix: SmallMatrix): number {
  return Math.max(...matrix.flat().map(Math.abs));
}
