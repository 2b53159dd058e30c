import { tbtGaps } from '@fluidscope/metrics';
import type { ChunkColumns } from '@fluidscope/trace-schema';
import type { RunNs } from '@fluidscope/units';

interface Arrivals {
  readonly arrivalsNs: number[];
  readonly tokenCounts: number[];
}

/**
 * The tokens of requests that have not ended yet, for whoever judges waits between tokens while a run goes on. Chunks come before the end of their
 * request.
 */
export class WaitsInFlight {
  readonly #arrivals = new Map<number, Arrivals>();

  add({ length, requestIndex, arrivalNs, tokenCount }: ChunkColumns): void {
    for (let row = 0; row < length; row += 1) {
      const tokens = tokenCount[row] ?? 0;
      if (tokens === 0) continue;
      const own = this.#arrivals.get(requestIndex[row] ?? -1) ?? { arrivalsNs: [], tokenCounts: [] };
      own.arrivalsNs.push(arrivalNs[row] ?? NaN);
      own.tokenCounts.push(tokens);
      this.#arrivals.set(requestIndex[row] ?? -1, own);
    }
  }

  /** The waits of a request that has ended, which is forgotten with it; `undefined` without a token. */
  take(requestIndex: number, startNs: RunNs): Float64Array | undefined {
    const own = this.#arrivals.get(requestIndex);
    this.#arrivals.delete(requestIndex);
    if (own === undefined) return undefined;
    const { arrivalsNs, tokenCounts } = own;
    return tbtGaps({
      startNs,
      arrivalsNs: Float64Array.from(arrivalsNs),
      tokenCounts: Uint32Array.from(tokenCounts),
    });
  }
}
