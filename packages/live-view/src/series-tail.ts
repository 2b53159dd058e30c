/** Enough for a second of what a live page asks an agent for. */
const DEFAULT_CAPACITY_COUNT = 32;

/** The last readings of one series, to look up what was known at a time that is not quite now. Times are of the caller's clock. */
export class SeriesTail {
  readonly #timesNs: Float64Array<ArrayBuffer>;
  readonly #values: Float64Array<ArrayBuffer>;
  #addedCount = 0;

  constructor(capacityCount = DEFAULT_CAPACITY_COUNT) {
    this.#timesNs = new Float64Array(capacityCount).fill(-Infinity);
    this.#values = new Float64Array(capacityCount);
  }

  /** One that is older than the newest is left out: the driver's own ring is drained late. */
  add(timeNs: number, value: number): void {
    if (this.#addedCount > 0 && timeNs < this.#timeAt(this.#addedCount - 1)) return;
    const at = this.#addedCount % this.#timesNs.length;
    this.#timesNs[at] = timeNs;
    this.#values[at] = value;
    this.#addedCount += 1;
  }

  /** The newest reading at or before `timeNs`; `undefined` where none is kept. */
  at(timeNs: number): { readonly timeNs: number; readonly value: number } | undefined {
    const oldest = Math.max(0, this.#addedCount - this.#timesNs.length);
    for (let index = this.#addedCount - 1; index >= oldest; index -= 1) {
      const readNs = this.#timeAt(index);
      if (readNs <= timeNs)
        return { timeNs: readNs, value: this.#values[index % this.#values.length] ?? NaN };
    }
    return undefined;
  }

  #timeAt(index: number): number {
    return this.#timesNs[index % this.#timesNs.length] ?? -Infinity;
  }
}
