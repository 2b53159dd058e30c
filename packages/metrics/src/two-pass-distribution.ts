import { distributionAt, percentileRanks, type Distribution } from './distribution.js';

/** Bins of each power of two: whole numbers below 4,096 have a bin each, above that a bin is 1/2,048 of its values wide. */
const MANTISSA_BITS = 11;
const BELOW_ZERO_BIN = 0;
const ZERO_BIN = 1;
/** Between 0 and 1. */
const FRACTIONS_BIN = 2;
const FIRST_WHOLE_BIN = 3;
/** The last one also takes everything from 2^53 on. */
const BINS_COUNT = FIRST_WHOLE_BIN + 53 * 2 ** MANTISSA_BITS;
const EXPONENT_BIAS = 1_023;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const HIGH_WORD = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

function binOf(value: number): number {
  if (value < 0) return BELOW_ZERO_BIN;
  if (value === 0) return ZERO_BIN;
  if (value < 1) return FRACTIONS_BIN;
  float[0] = value;
  const leadingBits = (words[HIGH_WORD] ?? 0) >>> (20 - MANTISSA_BITS);
  return Math.min(BINS_COUNT - 1, FIRST_WHOLE_BIN + leadingBits - (EXPONENT_BIAS << MANTISSA_BITS));
}

type Moments = Pick<Distribution, 'count' | 'mean' | 'min' | 'max'>;

/**
 * The first of two passes to the statistics of `describeDistribution` over more values than memory should hold. It counts
 * values by their leading bits; after it the ranks that the percentiles stand on are known to lie in a few bins, and the
 * second pass counts the exact values of those alone. Room: 1 MB, then an entry a distinct value in a bin that holds a percentile.
 */
export class DistributionCount {
  readonly #countsByBin = new Float64Array(BINS_COUNT);
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  /** Throws `RangeError` on a value that is not finite. */
  add(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`Expected a finite number but received ${value}`);
    this.#add(value, 1);
  }

  /** As often `add(0)`. */
  addZeros(count: number): void {
    if (count > 0) this.#add(0, count);
  }

  /** Ends the first pass. */
  beginSelection(): DistributionSelection {
    const moments = { count: this.#count, mean: this.#sum / this.#count, min: this.#min, max: this.#max };
    return new DistributionSelection(this.#countsByBin, moments);
  }

  #add(value: number, repeatsCount: number): void {
    const bin = binOf(value);
    this.#countsByBin[bin] = (this.#countsByBin[bin] ?? 0) + repeatsCount;
    this.#count += repeatsCount;
    this.#sum += value * repeatsCount;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }
}

/** The second pass: takes the same values again, in any order. */
export class DistributionSelection {
  readonly #moments: Moments;
  readonly #keptByBin = new Map<number, ValueCounts>();
  readonly #placeByRank = new Map<number, { readonly bin: number; readonly rankInBin: number }>();
  #squaredDeviationsSum = 0;

  constructor(countsByBin: Float64Array, moments: Moments) {
    this.#moments = moments;
    let bin = -1;
    let endRank = 0; // first rank after those of `bin`
    for (const rank of percentileRanks(moments.count)) {
      while (rank >= endRank) endRank += countsByBin[++bin] ?? Infinity;
      this.#placeByRank.set(rank, { bin, rankInBin: rank - endRank + (countsByBin[bin] ?? 0) });
      if (bin !== ZERO_BIN && !this.#keptByBin.has(bin)) this.#keptByBin.set(bin, new ValueCounts());
    }
  }

  add(value: number): void {
    this.#squaredDeviationsSum += (value - this.#moments.mean) ** 2;
    this.#keptByBin.get(binOf(value))?.add(value);
  }

  addZeros(count: number): void {
    this.#squaredDeviationsSum += count * this.#moments.mean ** 2;
  }

  /** `undefined` when no value came. */
  finish(): Distribution | undefined {
    if (this.#moments.count === 0) return undefined;
    const standardDeviation = Math.sqrt(this.#squaredDeviationsSum / this.#moments.count);
    const rankedByBin = new Map([...this.#keptByBin].map(([bin, kept]) => [bin, kept.ranked()]));
    return distributionAt({ ...this.#moments, standardDeviation }, (rank) => {
      const place = this.#placeByRank.get(rank);
      if (place?.bin === ZERO_BIN) return 0;
      const value =
        place && rankedByBin.get(place.bin)?.find(({ endRank }) => place.rankInBin < endRank)?.value;
      if (value === undefined) throw new Error('The second pass was not given the values of the first');
      return value;
    });
  }
}

/** How often each value of a bin occurred: some tens of thousands at most below 0.1 s, however many values there are. */
class ValueCounts {
  readonly #counts = new Map<number, number>();

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  /** The values with the first rank after each one's, ascending. */
  ranked(): readonly { readonly value: number; readonly endRank: number }[] {
    let endRank = 0;
    const ascending = [...this.#counts].sort(([a], [b]) => a - b);
    return ascending.map(([value, count]) => ({ value, endRank: (endRank += count) }));
  }
}
