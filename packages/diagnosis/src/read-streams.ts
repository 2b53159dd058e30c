import type { TraceReader } from '@fluidscope/trace-schema';
import { runNs, type RunNs } from '@fluidscope/units';
import type { TokenStream } from './token-stream.js';

/** The measured requests of a trace that ended well, with their chunks that carried tokens; in order of `requestIndex`. */
export async function readStreams(reader: TraceReader): Promise<TokenStream[]> {
  const requests = (await reader.requests()).filter(
    ({ phase, status }) => phase === 'measured' && status === 'ok',
  );
  const growing = new Map(
    requests.map(({ requestIndex, intendedNs, sentNs }) => [
      requestIndex,
      new GrowingStream(requestIndex, intendedNs, sentNs ?? intendedNs),
    ]),
  );
  for await (const columns of reader.chunks()) {
    for (let row = 0; row < columns.length; row += 1) {
      const tokenCount = columns.tokenCount[row] ?? 0;
      if (tokenCount === 0) continue;
      growing
        .get(columns.requestIndex[row] ?? -1)
        ?.add(columns.arrivalNs[row] ?? NaN, tokenCount, columns.errorNs[row] ?? NaN);
    }
  }
  return [...growing.values()].map((stream) => stream.finish());
}

class GrowingStream {
  readonly #requestIndex: number;
  readonly #intendedNs: RunNs;
  readonly #sentNs: RunNs;
  readonly #arrivalsNs: number[] = [];
  readonly #tokenCounts: number[] = [];
  readonly #errorsNs: number[] = [];

  constructor(requestIndex: number, intendedNs: RunNs, sentNs: RunNs) {
    this.#requestIndex = requestIndex;
    this.#intendedNs = intendedNs;
    this.#sentNs = sentNs;
  }

  add(arrivalNs: number, tokenCount: number, errorNs: number): void {
    this.#arrivalsNs.push(arrivalNs);
    this.#tokenCounts.push(tokenCount);
    this.#errorsNs.push(errorNs);
  }

  finish(): TokenStream {
    return {
      requestIndex: this.#requestIndex,
      sentNs: this.#sentNs,
      timings: {
        startNs: runNs(this.#intendedNs),
        arrivalsNs: Float64Array.from(this.#arrivalsNs),
        tokenCounts: Uint32Array.from(this.#tokenCounts),
      },
      errorsNs: Float64Array.from(this.#errorsNs),
    };
  }
}
