const KEPT_COUNT = 128;
/** Fewer than this say nothing about a period. */
const LEAST_COUNT = 8;

/** The last intervals of one kind, in bounded memory. */
export class RecentIntervals {
  readonly #kept = new Float64Array(KEPT_COUNT);
  #count = 0;

  add(ns: number): void {
    this.#kept[this.#count++ % KEPT_COUNT] = ns;
  }

  /** The quantile (0 to 1) of the intervals kept, or `undefined` while they are too few to tell. */
  quantileNs(quantileRatio: number): number | undefined {
    if (this.#count < LEAST_COUNT) return undefined;
    const sorted = this.#kept.slice(0, Math.min(this.#count, KEPT_COUNT)).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(quantileRatio * sorted.length))];
  }
}
