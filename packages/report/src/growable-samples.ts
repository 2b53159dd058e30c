const INITIAL_CAPACITY_COUNT = 4_096;

/** Numbers collected without an object each; doubles its room when full. */
export class GrowableSamples {
  #values = new Float64Array(INITIAL_CAPACITY_COUNT);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** A view on what was collected, not a copy. */
  view(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}
