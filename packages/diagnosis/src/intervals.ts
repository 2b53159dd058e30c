/** A span of run time. */
export interface Interval {
  readonly startNs: number;
  readonly endNs: number;
}

/** The same time as disjoint intervals in order. */
export function mergeIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const merged: { startNs: number; endNs: number }[] = [];
  for (const { startNs, endNs } of intervals.toSorted((a, b) => a.startNs - b.startNs)) {
    const last = merged.at(-1);
    if (last !== undefined && startNs <= last.endNs) last.endNs = Math.max(last.endNs, endNs);
    else merged.push({ startNs, endNs });
  }
  return merged;
}

/** How long disjoint intervals are within a span. */
export function overlapNs(disjoint: readonly Interval[], within: Interval): number {
  return disjoint.reduce(
    (sum, { startNs, endNs }) =>
      sum + Math.max(0, Math.min(endNs, within.endNs) - Math.max(startNs, within.startNs)),
    0,
  );
}
