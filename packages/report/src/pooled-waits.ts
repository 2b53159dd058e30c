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
}

/** Takes the values of one pass over the chunks. */
interface WaitTaker {
  wait(waitNs: number): void;
  furtherTokens(count: number): void;
  stamp(errorNs: number, source: StampSource): void;
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
  const waits = new DistributionCount();
  const gaps = new DistributionCount();
  const errors = new DistributionCount();
  const chunksBySource: Record<StampSource, number> = { kernel: 0, user: 0 };
  let unboundedStampsCount = 0;
  await takeWaits(readChunks(), counts, {
    wait(waitNs) {
      waits.add(waitNs);
      gaps.add(waitNs);
    },
    furtherTokens: (count) => gaps.addZeros(count),
    stamp(errorNs, source) {
      chunksBySource[source] += 1;
      if (Number.isNaN(errorNs)) unboundedStampsCount += 1;
      else errors.add(errorNs);
    },
  });
  return {
    ...(await select(readChunks(), counts, { waits, gaps, errors })),
    chunksBySource,
    unboundedStampsCount,
  };
}

async function select(
  batches: AsyncIterable<ChunkColumns>,
  counts: (requestIndex: number) => boolean,
  counted: Readonly<Record<'waits' | 'gaps' | 'errors', DistributionCount>>,
): Promise<Pick<PooledWaits, 'interChunkTimeNs' | 'tbtNs' | 'stampErrorNs'>> {
  const waits = counted.waits.beginSelection();
  const gaps = counted.gaps.beginSelection();
  const errors = counted.errors.beginSelection();
  await takeWaits(batches, counts, {
    wait(waitNs) {
      waits.add(waitNs);
      gaps.add(waitNs);
    },
    furtherTokens: (count) => gaps.addZeros(count),
    stamp(errorNs) {
      if (!Number.isNaN(errorNs)) errors.add(errorNs);
    },
  });
  return { interChunkTimeNs: waits.finish(), tbtNs: gaps.finish(), stampErrorNs: errors.finish() };
}

/** One pass in the order of the file; requests interleave, so each one's last arrival is kept. */
async function takeWaits(
  batches: AsyncIterable<ChunkColumns>,
  counts: (requestIndex: number) => boolean,
  taker: WaitTaker,
): Promise<void> {
  const lastArrivalNs = new Map<number, number>();
  for await (const columns of batches) {
    for (let row = 0; row < columns.length; row += 1) {
      const requestIndex = columns.requestIndex[row] ?? -1;
      const tokenCount = columns.tokenCount[row] ?? 0;
      if (tokenCount === 0 || !counts(requestIndex)) continue;
      const arrivalNs = columns.arrivalNs[row] ?? NaN;
      const previousNs = lastArrivalNs.get(requestIndex);
      lastArrivalNs.set(requestIndex, arrivalNs);
      if (previousNs !== undefined) taker.wait(arrivalNs - previousNs);
      taker.furtherTokens(tokenCount - 1);
      taker.stamp(columns.errorNs[row] ?? NaN, STAMP_SOURCES[columns.stampSource[row] ?? 1] ?? 'user');
    }
  }
}
