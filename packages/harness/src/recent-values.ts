/** The latest values of a stream of them, at most a fixed number; older ones are forgotten. */
export class RecentValues {
  readonly #values: Float64Array;
  #pushedCount = 0;
  #takenCount = 0;

  constructor(capacityCount: number) {
    this.#values = new Float64Array(capacityCount);
  }

  push(value: number): void {
    this.#values[this.#pushedCount % this.#values.length] = value;
    this.#pushedCount += 1;
  }

  /** The `ceil(share n)`-th smallest of what is held; `undefined` when nothing is. */
  quantile(share: number): number | undefined {
    const heldCount = Math.min(this.#pushedCount, this.#values.length);
    const sorted = this.#values.slice(0, heldCount).sort();
    return sorted[Math.max(0, Math.ceil(share * heldCount) - 1)];
  }

  /** What was pushed since the last take and is still held, oldest first. */
  takeNew(): Float64Array {
    const newCount = Math.min(this.#pushedCount - this.#takenCount, this.#values.length);
    const taken = new Float64Array(newCount);
    for (let i = 0; i < newCount; i++) {
      taken[i] = this.#values[(this.#pushedCount - newCount + i) % this.#values.length] ?? 0;
    }
    this.#takenCount = this.#pushedCount;
    return taken;
  }
}
