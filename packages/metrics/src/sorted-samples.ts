import type { Brand } from '@fluidscope/units';

/** Values in ascending order, none of them NaN or infinite. Only `sortSamples` makes one. */
export type SortedSamples = Brand<Float64Array, 'SortedSamples'>;

/** A sorted copy. Throws `RangeError` naming the index of a value that is not finite. */
export function sortSamples(values: Float64Array): SortedSamples {
  const invalidIndex = values.findIndex((value) => !Number.isFinite(value));
  if (invalidIndex !== -1) {
    throw new RangeError(
      `Expected a finite number for values[${invalidIndex}] but received ${values[invalidIndex]}`,
    );
  }
  return values.toSorted() as SortedSamples;
}

/**
 * The quantile at `ratio` (0 to 1) with linear interpolation between the two nearest ranks, as numpy's
 * default and DuckDB's `quantile_cont` have it. `undefined` when empty; `RangeError` on another ratio.
 */
export function quantile(samples: SortedSamples, ratio: number): number | undefined {
  if (!(ratio >= 0 && ratio <= 1)) {
    throw new RangeError(`Expected a quantile from 0 to 1 for ratio but received ${ratio}`);
  }
  if (samples.length === 0) return undefined;
  return interpolate(samples.length, ratio, (rank) => samples[rank] ?? NaN);
}

/** The quantile of `count` values, at least one, of which `valueAt` gives the one at a rank from 0. */
export function interpolate(count: number, ratio: number, valueAt: (rank: number) => number): number {
  const rank = (count - 1) * ratio;
  const below = valueAt(Math.floor(rank));
  return below + (valueAt(Math.ceil(rank)) - below) * (rank - Math.floor(rank));
}
