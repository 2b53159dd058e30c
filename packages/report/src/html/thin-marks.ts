/** The chunks with tokens of one request. `missedCounts[i]` deadlines passed before chunk i came. */
export interface ChunkTimes {
  readonly arrivalsNs: Float64Array;
  readonly tokenCounts: Uint32Array;
  readonly missedCounts: Uint32Array;
}

/** Kept chunks; each stands for itself and those left out since the one before. Sums of tokens and misses stay whole. */
export interface Marks {
  readonly timesNs: readonly number[];
  readonly tokenCounts: readonly number[];
  readonly missedCounts: readonly number[];
}

/**
 * At most a few marks a bin of `binNs`: its first chunk, its first late one, and both sides of its longest wait; and the request's first and
 * last. So a bin shows where a stream stood, and no stall is ever shorter than it was. `binNs` 0 keeps every chunk.
 */
export function thinMarks(chunks: ChunkTimes, binNs: number): Marks {
  const kept = binNs === 0 ? undefined : keptChunks(chunks, binNs);
  const marks = { timesNs: [] as number[], tokenCounts: [] as number[], missedCounts: [] as number[] };
  let [tokens, missed] = [0, 0];
  chunks.arrivalsNs.forEach((arrivalNs, index) => {
    tokens += chunks.tokenCounts[index] ?? 0;
    missed += chunks.missedCounts[index] ?? 0;
    if (kept?.has(index) === false) return;
    marks.timesNs.push(arrivalNs);
    marks.tokenCounts.push(tokens);
    marks.missedCounts.push(missed);
    [tokens, missed] = [0, 0];
  });
  return marks;
}

/** The smallest bin, of 0 or a power of two of `leastBinNs`, with which all requests together take at most `mostCount` marks. */
export function binForBudget(
  requests: readonly ChunkTimes[],
  {
    leastBinNs,
    mostBinNs,
    mostCount,
  }: { readonly leastBinNs: number; readonly mostBinNs: number; readonly mostCount: number },
): number {
  const allCount = requests.reduce((sum, { arrivalsNs }) => sum + arrivalsNs.length, 0);
  if (allCount <= mostCount) return 0;
  for (let binNs = leastBinNs; binNs < mostBinNs; binNs *= 2) {
    const count = requests.reduce((sum, chunks) => sum + keptChunks(chunks, binNs).size, 0);
    if (count <= mostCount) return binNs;
  }
  return mostBinNs;
}

function keptChunks({ arrivalsNs, missedCounts }: ChunkTimes, binNs: number): Set<number> {
  const kept = new Set<number>(arrivalsNs.length === 0 ? [] : [0, arrivalsNs.length - 1]);
  for (let from = 0; from < arrivalsNs.length;) {
    const bin = Math.floor((arrivalsNs[from] ?? NaN) / binNs);
    kept.add(from);
    let [to, longest, longestNs, isLate] = [from, from, -Infinity, false];
    for (; to < arrivalsNs.length && Math.floor((arrivalsNs[to] ?? NaN) / binNs) === bin; to += 1) {
      const waitNs = (arrivalsNs[to] ?? NaN) - (arrivalsNs[to - 1] ?? arrivalsNs[to] ?? NaN);
      if (waitNs > longestNs) [longest, longestNs] = [to, waitNs];
      if (!isLate && (missedCounts[to] ?? 0) > 0) {
        kept.add(to);
        isLate = true;
      }
    }
    kept.add(longest);
    if (longest > 0) kept.add(longest - 1);
    from = to;
  }
  return kept;
}
