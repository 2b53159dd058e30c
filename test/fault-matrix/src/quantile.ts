/** The smallest value with at least that share of the values at or below it; `undefined` for none. */
export function quantile(values: readonly number[], ratio: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(ratio * sorted.length) - 1)];
}
