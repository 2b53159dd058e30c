import type { RequestRow, TraceReader } from '@fluidscope/trace-schema';
import type { TokenStream } from './token-stream.js';

/** The measured requests of a trace that ended well, with their chunks that carried tokens; in order of `requestIndex`. */
export async function readStreams(reader: TraceReader): Promise<TokenStream[]> {
  const requests = (await reader.requests()).filter(
    ({ phase, status }) => phase === 'measured' && status === 'ok',
  );
  const growing = new Map(requests.map((request) => [request.requestIndex, new GrowingStream(request)]));
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
  readonly #request: RequestRow;
  readonly #arrivalsNs: number[] = [];
  readonly #tokenCounts: number[] = [];
  readonly #errorsNs: number[] = [];

  constructor(request: RequestRow) {
    this.#request = request;
  }

  add(arrivalNs: number, tokenCount: number, errorNs: number): void {
    this.#arrivalsNs.push(arrivalNs);
    this.#tokenCounts.push(tokenCount);
    this.#errorsNs.push(errorNs);
  }

  finish(): TokenStream {
    const { requestIndex, intendedNs, sentNs, promptTokens } = this.#request;
    return {
      requestIndex,
      sentNs: sentNs ?? intendedNs,
      promptTokens,
      timings: {
        startNs: intendedNs,
        arrivalsNs: Float64Array.from(this.#arrivalsNs),
        tokenCounts: Uint32Array.from(this.#tokenCounts),
      },
      errorsNs: Float64Array.from(this.#errorsNs),
    };
  }
}
