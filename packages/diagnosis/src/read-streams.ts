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

/** Most answers fit: room for one is taken at once. */
const FIRST_CHUNKS_COUNT = 256;

/** Columns that double: of a long run every chunk as an array's element would take twice the memory. */
class GrowingStream {
  readonly #request: RequestRow;
  #length = 0;
  #seqs = new Uint32Array(FIRST_CHUNKS_COUNT);
  #arrivalsNs = new Float64Array(FIRST_CHUNKS_COUNT);
  #tokenCounts = new Uint32Array(FIRST_CHUNKS_COUNT);
  #errorsNs = new Float64Array(FIRST_CHUNKS_COUNT);

  constructor(request: RequestRow) {
    this.#request = request;
  }

  add({ seq, arrivalNs, tokenCount, errorNs }: ChunkColumns, row: number): void {
    if (this.#length === this.#seqs.length) this.#resize(2 * this.#length);
    this.#seqs[this.#length] = seq[row] ?? NaN;
    this.#arrivalsNs[this.#length] = arrivalNs[row] ?? NaN;
    this.#tokenCounts[this.#length] = tokenCount[row] ?? NaN;
    this.#errorsNs[this.#length] = errorNs[row] ?? NaN;
    this.#length += 1;
  }

  finish(): TokenStream {
    const { requestIndex, intendedNs, sentNs, promptTokens, ttftDeadlineNs } = this.#request;
    this.#resize(this.#length);
    return {
      requestIndex,
      sentNs: sentNs ?? intendedNs,
      promptTokens,
      seqs: this.#seqs,
      timings: {
        startNs: intendedNs,
        arrivalsNs: this.#arrivalsNs,
        tokenCounts: this.#tokenCounts,
        ttftDeadlineNs,
      },
      errorsNs: this.#errorsNs,
    };
  }

  #resize(length: number): void {
    this.#seqs = resizedIntegers(this.#seqs, length);
    this.#arrivalsNs = resizedNumbers(this.#arrivalsNs, length);
    this.#tokenCounts = resizedIntegers(this.#tokenCounts, length);
    this.#errorsNs = resizedNumbers(this.#errorsNs, length);
  }
}

function resizedIntegers(values: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const resized = new Uint32Array(length);
  resized.set(values.subarray(0, length));
  return resized;
}

function resizedNumbers(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const resized = new Float64Array(length);
  resized.set(values.subarray(0, length));
  return resized;
}
