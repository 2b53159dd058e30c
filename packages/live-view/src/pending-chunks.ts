/** Chunks in columns, for they are many; only rows below `length` count. */
export interface LiveChunks {
  readonly length: number;
  readonly requestIndex: Uint32Array;
  readonly arrivalNs: Float64Array;
  readonly tokenCount: Uint32Array;
}

type OnChunk = (requestIndex: number, arrivalNs: number, tokens: number) => void;

const FIRST_CAPACITY_COUNT = 4_096;

/** Chunks that have come and whose arrival lies after the last frame's end. Columns, so that a token makes no garbage; bounded. */
export class PendingChunks {
  readonly #capCount: number;
  #length = 0;
  #requestIndex = new Uint32Array(FIRST_CAPACITY_COUNT);
  #arrivalNs = new Float64Array(FIRST_CAPACITY_COUNT);
  #tokenCount = new Uint32Array(FIRST_CAPACITY_COUNT);

  constructor(capCount: number) {
    this.#capCount = capCount;
  }

  /** How many of the chunks did not fit. */
  add({ length, requestIndex, arrivalNs, tokenCount }: LiveChunks): number {
    const takenCount = Math.min(length, this.#capCount - this.#length);
    this.#reserve(this.#length + takenCount);
    this.#requestIndex.set(requestIndex.subarray(0, takenCount), this.#length);
    this.#arrivalNs.set(arrivalNs.subarray(0, takenCount), this.#length);
    this.#tokenCount.set(tokenCount.subarray(0, takenCount), this.#length);
    this.#length += takenCount;
    return length - takenCount;
  }

  /** Hands out those that arrived up to `toNs`, in the order in which they came, and keeps the rest. */
  takeUntil(toNs: number, onChunk: OnChunk): void {
    let keptCount = 0;
    for (let row = 0; row < this.#length; row += 1) {
      const requestIndex = this.#requestIndex[row] ?? 0;
      const arrivalNs = this.#arrivalNs[row] ?? 0;
      const tokens = this.#tokenCount[row] ?? 0;
      if (arrivalNs <= toNs) {
        onChunk(requestIndex, arrivalNs, tokens);
        continue;
      }
      this.#requestIndex[keptCount] = requestIndex;
      this.#arrivalNs[keptCount] = arrivalNs;
      this.#tokenCount[keptCount] = tokens;
      keptCount += 1;
    }
    this.#length = keptCount;
  }

  #reserve(neededCount: number): void {
    if (neededCount <= this.#arrivalNs.length) return;
    const capacityCount = Math.max(neededCount, this.#arrivalNs.length * 2);
    this.#requestIndex = grown(new Uint32Array(capacityCount), this.#requestIndex);
    this.#arrivalNs = grown(new Float64Array(capacityCount), this.#arrivalNs);
    this.#tokenCount = grown(new Uint32Array(capacityCount), this.#tokenCount);
  }
}

function grown<Column extends Uint32Array | Float64Array>(column: Column, before: Column): Column {
  column.set(before);
  return column;
}
