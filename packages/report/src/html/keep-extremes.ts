/** One quantity over time: run time and value, no NaN; a line breaks after each index in `breaks`, for samples are missing there. */
export interface Points {
  readonly timesNs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly breaks: ReadonlySet<number>;
}

/**
 * Which points to keep so that no extreme is lost: of each bucket between two edges the first, the last, the smallest and the largest, and
 * both sides of every break. Indices in order. Points before the first edge or after the last are a bucket each.
 */
export function keepExtremes({ timesNs, values, breaks }: Points, edgesNs: ArrayLike<number>): Uint32Array {
  const kept: number[] = [];
  let edge = 0;
  for (let from = 0; from < timesNs.length;) {
    while (edge < edgesNs.length && (edgesNs[edge] ?? NaN) <= (timesNs[from] ?? NaN)) edge += 1;
    const toNs = edge < edgesNs.length ? (edgesNs[edge] ?? Infinity) : Infinity;
    let to = from;
    const wanted = new Set<number>([from]);
    let [low, high] = [from, from];
    for (; to < timesNs.length && (timesNs[to] ?? NaN) < toNs; to += 1) {
      if ((values[to] ?? NaN) < (values[low] ?? NaN)) low = to;
      if ((values[to] ?? NaN) > (values[high] ?? NaN)) high = to;
      if (breaks.has(to) || breaks.has(to - 1)) wanted.add(to);
    }
    to = Math.max(to, from + 1);
    wanted
      .add(low)
      .add(high)
      .add(to - 1);
    kept.push(...[...wanted].sort((a, b) => a - b));
    from = to;
  }
  return Uint32Array.from(kept);
}

/** `count` equal buckets over `[0, endNs]`, and each window, a stretch to look at closely, cut into `finerCount` more. Sorted. */
export function bucketEdges(
  endNs: number,
  count: number,
  {
    windows,
    finerCount,
  }: { readonly windows: readonly (readonly [fromNs: number, toNs: number])[]; readonly finerCount: number },
): Float64Array {
  const edges = Array.from({ length: count + 1 }, (_, index) => (index * endNs) / count);
  for (const [fromNs, toNs] of windows)
    for (let index = 0; index <= finerCount; index += 1)
      edges.push(fromNs + (index * (toNs - fromNs)) / finerCount);
  return Float64Array.from(new Set(edges)).sort();
}
