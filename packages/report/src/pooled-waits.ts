import { STAMP_SOURCES, type ChunkColumns, type StampSource } from '@fluidscope/trace-schema';
import { GrowableSamples } from './growable-samples.js';

/** What is pooled over all chunks of the requests that count. */
export interface PooledWaits {
  /** Waits between chunks that carried tokens, one a chunk after a request's first. */
  readonly interChunkTimesNs: Float64Array;
  /** Gaps after each request's first token, one a token: the same waits and a zero for every further token of a chunk. */
  readonly tbtNs: Float64Array;
  /** Known bounds of the stamps' errors. */
  readonly stampErrorsNs: Float64Array;
  readonly chunksBySource: Readonly<Record<StampSource, number>>;
  /** Chunks whose stamp has no known bound. */
  readonly unboundedStampsCount: number;
}

/**
 * One pass over a trace's chunks in the order of the file; requests interleave, so each one's last arrival is kept.
 *
 * `counts(requestIndex)` says whether a request enters the metrics (measured, and ended well).
 */
export async function poolWaits(
  batches: AsyncIterable<ChunkColumns>,
  counts: (requestIndex: number) => boolean,
): Promise<PooledWaits> {
  const pool = new WaitPool();
  for await (const columns of batches) {
    for (let row = 0; row < columns.length; row += 1) {
      if (counts(columns.requestIndex[row] ?? -1)) pool.add(columns, row);
    }
  }
  return pool.finish();
}

class WaitPool {
  readonly #lastArrivalNs = new Map<number, number>();
  readonly #waitsNs = new GrowableSamples();
  readonly #errorsNs = new GrowableSamples();
  readonly #chunksBySource: Record<StampSource, number> = { kernel: 0, user: 0 };
  #zeroGapsCount = 0;
  #unboundedStampsCount = 0;

  add(columns: ChunkColumns, row: number): void {
    const tokenCount = columns.tokenCount[row] ?? 0;
    if (tokenCount === 0) return;
    const requestIndex = columns.requestIndex[row] ?? -1;
    const arrivalNs = columns.arrivalNs[row] ?? NaN;
    const previousNs = this.#lastArrivalNs.get(requestIndex);
    this.#lastArrivalNs.set(requestIndex, arrivalNs);
    if (previousNs !== undefined) this.#waitsNs.push(arrivalNs - previousNs);
    this.#zeroGapsCount += tokenCount - 1;
    this.#addStamp(columns.errorNs[row] ?? NaN, STAMP_SOURCES[columns.stampSource[row] ?? 1] ?? 'user');
  }

  #addStamp(errorNs: number, source: StampSource): void {
    this.#chunksBySource[source] += 1;
    if (Number.isNaN(errorNs)) this.#unboundedStampsCount += 1;
    else this.#errorsNs.push(errorNs);
  }

  finish(): PooledWaits {
    const interChunkTimesNs = this.#waitsNs.view();
    const tbtNs = new Float64Array(interChunkTimesNs.length + this.#zeroGapsCount);
    tbtNs.set(interChunkTimesNs);
    return {
      interChunkTimesNs,
      tbtNs,
      stampErrorsNs: this.#errorsNs.view(),
      chunksBySource: this.#chunksBySource,
      unboundedStampsCount: this.#unboundedStampsCount,
    };
  }
}
