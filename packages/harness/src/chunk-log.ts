import type { ChunkKind } from '@fluidscope/llm-client';

/** Kinds by code: a byte a chunk instead of a string reference. */
const KINDS: readonly ChunkKind[] = ['none', 'content', 'reasoning', 'tool_call'];
const KIND_CODES = { none: 0, content: 1, reasoning: 2, tool_call: 3 } as const satisfies Record<
  ChunkKind,
  number
>;

const FIRST_CAPACITY_COUNT = 256;

/** One stream's chunks in columns: what its score is made of. Reused by the next stream through `ChunkLogPool`. */
export class ChunkLog {
  #length = 0;
  #arrivalsNs = new Float64Array(FIRST_CAPACITY_COUNT);
  #tokenCounts = new Uint32Array(FIRST_CAPACITY_COUNT);
  #kinds = new Uint8Array(FIRST_CAPACITY_COUNT);

  get length(): number {
    return this.#length;
  }

  /** A view that later chunks leave alone, and that the next user of this log overwrites. */
  get arrivalsNs(): Float64Array {
    return this.#arrivalsNs.subarray(0, this.#length);
  }

  /** A view: writing to it corrects the log. */
  get tokenCounts(): Uint32Array {
    return this.#tokenCounts.subarray(0, this.#length);
  }

  kindAt(chunkIndex: number): ChunkKind {
    return KINDS[this.#kinds[chunkIndex] ?? 0] ?? 'none';
  }

  push(arrivalNs: number, tokensCount: number, kind: ChunkKind): void {
    if (this.#length === this.#arrivalsNs.length) this.#grow();
    this.#arrivalsNs[this.#length] = arrivalNs;
    this.#tokenCounts[this.#length] = tokensCount;
    this.#kinds[this.#length] = KIND_CODES[kind];
    this.#length += 1;
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    const capacityCount = this.#arrivalsNs.length * 2;
    const { arrivalsNs, tokenCounts } = this;
    const kinds = this.#kinds;
    this.#arrivalsNs = new Float64Array(capacityCount);
    this.#arrivalsNs.set(arrivalsNs);
    this.#tokenCounts = new Uint32Array(capacityCount);
    this.#tokenCounts.set(tokenCounts);
    this.#kinds = new Uint8Array(capacityCount);
    this.#kinds.set(kinds);
  }
}

/** Logs between streams: as many as were ever in flight at once, so that memory follows the concurrency, not the run. */
export class ChunkLogPool {
  readonly #free: ChunkLog[] = [];

  take(): ChunkLog {
    return this.#free.pop() ?? new ChunkLog();
  }

  release(log: ChunkLog): void {
    log.clear();
    this.#free.push(log);
  }
}
