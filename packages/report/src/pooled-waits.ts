import { DistributionCount, type Distribution } from '@fluidscope/metrics';
import { STAMP_SOURCES, type ChunkColumns, type StampSource } from '@fluidscope/trace-schema';

/** What is pooled over all chunks of the requests that count. */
export interface PooledWaits {
  /** Waits between chunks that carried tokens, one a chunk after a request's first. */
  readonly interChunkTimeNs: Distribution | undefined;
  /** Gaps after each request's first token, one a token: the same waits and a zero for every further token of a chunk. */
  readonly tbtNs: Distribution | undefined;
  /** Known bounds of the stamps' errors. */
  readonly stampErrorNs: Distribution | undefined;
  readonly chunksBySource: Readonly<Record<StampSource, number>>;
  /** Chunks whose stamp has no known bound. */
  readonly unboundedStampsCount: number;
  /** Of each request its longest wait between chunks that carried tokens; none where there was no second one. */
  readonly longestNs: ReadonlyMap<number, number>;
}

/** One pass's part of a distribution: counting in the first, selecting in the second. */
type Pass = Pick<DistributionCount, 'add' | 'addZeros'>;

interface Passes {
  readonly waits: Pass;
  readonly gaps: Pass;
  readonly errors: Pass;
}

/**
 * Two passes over a trace's chunks, so that a run of any length takes the same memory: the values of an hour's tokens
 * are never held together.
 *
 * `counts(requestIndex)` says whether a request enters the metrics (measured, and ended well).
 */
export async function poolWaits(
  readChunks: () => AsyncIterable<ChunkColumns>,
  counts: (requestIndex: number) => boolean,
): Promise<PooledWaits> {
  const first = {
    waits: new DistributionCount(),
    gaps: new DistributionCount(),
    errors: new DistributionCount(),
  };
  const stamps = await takeWaits(readChunks(), counts, first);
  const second = {
    waits: first.waits.beginSelection(),
    gaps: first.gaps.beginSelection(),
    errors: first.errors.beginSelection(),
  };
  await takeWaits(readChunks(), counts, second);
  return {
    interChunkTimeNs: second.waits.finish(),
    tbtNs: second.gaps.finish(),
    stampErrorNs: second.errors.finish(),
    ...stamps,
  };
}

/** One pass in the order of the file; requests interleave, so each one's last arrival is kept. */
async function takeWaits(
  batches: AsyncIterable<ChunkColumns>,
  counts: (requestIndex: number) => boolean,
  { waits, gaps, errors }: Passes,
): Promise<Pick<PooledWaits, 'chunksBySource' | 'unboundedStampsCount' | 'longestNs'>> {
  const lastArrivalNs = new Map<number, number>();
  const longestNs = new Map<number, number>();
  const chunksBySource: Record<StampSource, number> = { kernel: 0, user: 0 };
  let unboundedStampsCount = 0;
  for await (const columns of batches) {
    for (let row = 0; row < columns.length; row += 1) {
      const requestIndex = columns.requestIndex[row] ?? -1;
      const tokenCount = columns.tokenCount[row] ?? 0;
      if (tokenCount === 0 || !counts(requestIndex)) continue;
      const arrivalNs = columns.arrivalNs[row] ?? NaN;
      const previousNs = lastArrivalNs.get(requestIndex);
      lastArrivalNs.set(requestIndex, arrivalNs);
      if (previousNs !== undefined) {
        waits.add(arrivalNs - previousNs);
        gaps.add(arrivalNs - previousNs);
        longestNs.set(requestIndex, Math.max(longestNs.get(requestIndex) ?? 0, arrivalNs - previousNs));
      }
      gaps.addZeros(tokenCount - 1);
      chunksBySource[STAMP_SOURCES[columns.stampSource[row] ?? 1] ?? 'user'] += 1;
      const errorNs = columns.errorNs[row] ?? NaN;
      if (Number.isNaN(errorNs)) unboundedStampsCount += 1;
      else errors.add(errorNs);
    }
  }
  return { chunksBySource, unboundedStampsCount, longestNs };
}
