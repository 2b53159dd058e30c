import type { ChunkColumns, RequestRow, TraceReader } from '@fluidscope/trace-schema';
import type { TokenStream } from './token-stream.js';

/** The measured requests of a trace that ended well, with their chunks that carried tokens; in order of `requestIndex`. */
export async function readStreams(reader: TraceReader): Promise<TokenStream[]> {
  const requests = (await reader.requests()).filter(
    ({ phase, status }) => phase === 'measured' && status === 'ok',
  );
  const growing = new Map(requests.map((request) => [request.requestIndex, new GrowingStream(request)]));
  for await (const columns of reader.chunks()) {
    for (let row = 0; row < columns.length; row += 1) {
      if (columns.tokenCount[row] === 0) continue;
      growing.get(columns.requestIndex[row] ?? -1)?.add(columns, row);
    }
  }
  return [...growing.values()].map((stream) => stream.finish());
}

class GrowingStream {
  readonly #request: RequestRow;
  readonly #seqs: number[] = [];
  readonly #arrivalsNs: number[] = [];
  readonly #tokenCounts: number[] = [];
  readonly #errorsNs: number[] = [];

  constructor(request: RequestRow) {
    this.#request = request;
  }

  add({ seq, arrivalNs, tokenCount, errorNs }: ChunkColumns, row: number): void {
    this.#seqs.push(seq[row] ?? NaN);
    this.#arrivalsNs.push(arrivalNs[row] ?? NaN);
    this.#tokenCounts.push(tokenCount[row] ?? NaN);
    this.#errorsNs.push(errorNs[row] ?? NaN);
  }

  finish(): TokenStream {
    const { requestIndex, intendedNs, sentNs, promptTokens } = this.#request;
    return {
      requestIndex,
      sentNs: sentNs ?? intendedNs,
      promptTokens,
      seqs: Uint32Array.from(this.#seqs),
      timings: {
        startNs: intendedNs,
        arrivalsNs: Float64Array.from(this.#arrivalsNs),
        tokenCounts: Uint32Array.from(this.#tokenCounts),
      },
      errorsNs: Float64Array.from(this.#errorsNs),
    };
  }
}
