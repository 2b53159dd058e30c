/** A stretch of run time. */
export interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The time of a stall or an episode. */
export function spanOf({ startNs, endNs }: { readonly startNs: number; readonly endNs: number }): Span {
  return { fromNs: startNs, toNs: endNs };
}

/** The same time in order, without overlaps; `joinNs`: what lies no further apart is one. */
export function mergedSpans(spans: readonly Span[], joinNs = 0): Span[] {
  const merged: { fromNs: number; toNs: number }[] = [];
  for (const { fromNs, toNs } of spans.toSorted((a, b) => a.fromNs - b.fromNs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromNs <= last.toNs + joinNs) last.toNs = Math.max(last.toNs, toNs);
    else merged.push({ fromNs, toNs });
  }
  return merged;
}

/** `spans` without overlaps. */
export function totalNs(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromNs, toNs }) => sum + (toNs - fromNs), 0);
}

/** How much of `[fromNs, toNs]` the spans fill; they are in order and do not overlap. */
export function overlapNs(spans: readonly Span[], fromNs: number, toNs: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.toNs ?? Infinity) <= fromNs) low = middle + 1;
    else high = middle;
  }
  let sum = 0;
  for (let at = low; at < spans.length; at += 1) {
    const span = spans[at];
    if (span === undefined || span.fromNs >= toNs) break;
    sum += Math.min(span.toNs, toNs) - Math.max(span.fromNs, fromNs);
  }
  return sum;
}
