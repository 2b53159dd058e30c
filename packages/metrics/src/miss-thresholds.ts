const FIRST_MISS_COST = 10;
const FURTHER_MISS_COST = 9;

/**
 * What the late tokens of a stream cost: `missed / total <= 1 / 10` is `9 missed <= tokens in time`, so a late token costs
 * 10 with its first missed deadline and 9 with each further one, and a deadline passes when that is at most the number of
 * tokens.
 */
export function costOfLate(missedCount: number): number {
  return FIRST_MISS_COST + FURTHER_MISS_COST * (missedCount - 1);
}

/**
 * For each deadline that a late token misses, the longest whole-nanosecond `D_d` at which it still does, and its cost.
 *
 * A late token starts the deadlines anew at its arrival, so a token is late when `x - k D` (arrival, ordinal) is above that
 * of every token before it: when `D` is below the slope from each of those points to its own, hence below the smallest
 * slope. It misses `r` deadlines or more when `(r - 1) D` still fits: when `D` is at most the smallest slope to a point
 * `r - 1` ordinals further on. The smallest slope is that of the tangent to the upper hull of the earlier points.
 *
 * Quotients of integers below 2^53 never round across an integer, so ceil and floor are exact; two slopes that round to the
 * same double are interchangeable, for so is the slope between them.
 */
export class MissThresholds {
  readonly #deadlinesNs: number[] = [];
  readonly #costs: number[] = [];
  readonly #hullNs = [0];
  readonly #hullOrdinals = [0];
  #top = 0;

  /**
   * Adds a token that misses `missedCount` deadlines at the shortest `D_d` of interest, in the order of arrival. Tokens
   * in time at that one are in time at all longer ones, and need not be added. `ordinal` counts the tokens up to it.
   */
  add(arrivalNs: number, ordinal: number, missedCount: number): void {
    // From the furthest point back: the tangent point only moves to earlier points of the hull.
    for (let further = missedCount - 1; further > 0; further -= 1) {
      this.#deadlinesNs.push(Math.floor(this.#smallestSlopeNs(arrivalNs, ordinal + further)));
      this.#costs.push(FURTHER_MISS_COST);
    }
    this.#deadlinesNs.push(Math.ceil(this.#smallestSlopeNs(arrivalNs, ordinal)) - 1);
    this.#costs.push(FIRST_MISS_COST);
    this.#top += 1;
    this.#hullNs[this.#top] = arrivalNs;
    this.#hullOrdinals[this.#top] = ordinal;
  }

  /** Drops the points of the hull behind the tangent point: later tokens lie above the tangent. */
  #smallestSlopeNs(arrivalNs: number, ordinal: number): number {
    let slopeNs = this.#slopeNs(this.#top, arrivalNs, ordinal);
    while (this.#top > 0) {
      const earlierNs = this.#slopeNs(this.#top - 1, arrivalNs, ordinal);
      if (earlierNs > slopeNs) break;
      slopeNs = earlierNs;
      this.#top -= 1;
    }
    return slopeNs;
  }

  #slopeNs(point: number, arrivalNs: number, ordinal: number): number {
    return (arrivalNs - (this.#hullNs[point] as number)) / (ordinal - (this.#hullOrdinals[point] as number));
  }

  /**
   * The smallest deadline that is above thresholds of at least `excessCost`; all together must cost that much. Quickselect
   * by cost: partitions the thresholds and goes on with the part in which the sum is reached.
   */
  deadlineAbove(excessCost: number): number {
    const deadlinesNs = this.#deadlinesNs;
    const costs = this.#costs;
    let from = 0;
    let to = deadlinesNs.length - 1;
    let missingCost = excessCost;
    while (from < to) {
      const pivotNs = deadlinesNs[(from + to) >>> 1] as number;
      let low = from;
      let high = to;
      while (low <= high) {
        while ((deadlinesNs[low] as number) < pivotNs) low += 1;
        while ((deadlinesNs[high] as number) > pivotNs) high -= 1;
        if (low > high) break;
        swap(deadlinesNs, low, high);
        swap(costs, low, high);
        low += 1;
        high -= 1;
      }
      // Now at most the pivot up to `high`, at least the pivot from `low` on, and equal to it in between.
      const belowCost = sumOf(costs, from, high);
      const withPivotCost = belowCost + sumOf(costs, high + 1, low - 1);
      if (belowCost >= missingCost) to = high;
      else if (withPivotCost >= missingCost) return pivotNs + 1;
      else {
        missingCost -= withPivotCost;
        from = low;
      }
    }
    return (deadlinesNs[from] as number) + 1;
  }
}

function swap(values: number[], one: number, other: number): void {
  const kept = values[one] as number;
  values[one] = values[other] as number;
  values[other] = kept;
}

function sumOf(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let index = from; index <= to; index += 1) sum += values[index] as number;
  return sum;
}
