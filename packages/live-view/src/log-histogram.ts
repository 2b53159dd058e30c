/** Each bin's upper edge is this much above its lower one. */
const STEP_RATIO = 1.04;
/** Shorter times count as this, but 0 as 0. */
const LEAST_NS = 1_000;
/** To 1,000 s; longer times count as that. */
const BINS_COUNT = Math.ceil(Math.log(1e12 / LEAST_NS) / Math.log(STEP_RATIO)) + 2;

/** How far a quantile may be from the true one, as a share of it, between 1 µs and 1,000 s. */
export const QUANTILE_ERROR_RATIO = 0.02;

/**
 * Counts of durations in bins that grow by 4 %: fixed memory, sums and differences of histograms are exact, and a quantile is right to
 * 2 %. Weights may be taken away again, so that a window can slide.
 */
export class LogHistogram {
  readonly #counts = new Float64Array(BINS_COUNT);
  #totalCount = 0;

  get totalCount(): number {
    return this.#totalCount;
  }

  add(valueNs: number, count = 1): void {
    const bin = binOf(valueNs);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + count;
    this.#totalCount += count;
  }

  /** Takes out what `other` holds, which was added here before, and empties it. */
  subtractAndClear(other: LogHistogram): void {
    if (other.#totalCount === 0) return;
    for (let bin = 0; bin < BINS_COUNT; bin += 1) {
      this.#counts[bin] = (this.#counts[bin] ?? 0) - (other.#counts[bin] ?? 0);
    }
    this.#totalCount -= other.#totalCount;
    other.#counts.fill(0);
    other.#totalCount = 0;
  }

  /** The value below or at which a share `ratio` of the counts lies (nearest rank); `undefined` when there are none. */
  quantileNs(ratio: number): number | undefined {
    if (this.#totalCount === 0) return undefined;
    const rank = Math.max(1, Math.ceil(ratio * this.#totalCount));
    let seenCount = 0;
    for (let bin = 0; bin < BINS_COUNT; bin += 1) {
      seenCount += this.#counts[bin] ?? 0;
      if (seenCount >= rank) return middleOf(bin);
    }
    return undefined;
  }
}

/** Bin 0 is of 0 alone: the further tokens of a chunk have no gap, and a median of 0 must not read as 1 µs. */
function binOf(valueNs: number): number {
  if (valueNs <= 0) return 0;
  const bin = 1 + Math.floor(Math.log(Math.max(valueNs, LEAST_NS) / LEAST_NS) / Math.log(STEP_RATIO));
  return Math.min(bin, BINS_COUNT - 1);
}

/** Where both edges are as far away, as a share of themselves. */
function middleOf(bin: number): number {
  return bin === 0 ? 0 : Math.round(LEAST_NS * STEP_RATIO ** (bin - 1) * Math.sqrt(STEP_RATIO));
}
