/** The `count` rows of the largest keys, largest first: one pass, since the rows are many and few are asked for. */
export function largest<Row>(rows: readonly Row[], keyOf: (row: Row) => number, count: number): Row[] {
  const found: Row[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    const last = found[count - 1];
    if (last !== undefined && keyOf(last) >= key) continue;
    const at = found.findIndex((other) => keyOf(other) < key);
    found.splice(at === -1 ? found.length : at, 0, row);
    if (found.length > count) found.pop();
  }
  return found;
}
