/** What makes the median absolute deviation of normal values their standard deviation. */
const MAD_TO_STDDEV = 1.4826;

/** The middle value, the mean of the two middle ones of an even number; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/** Standard deviation about `center` by the median of absolute deviations: half of the values may be wild. */
export function robustStddev(values: readonly number[], center: number): number {
  return MAD_TO_STDDEV * median(values.map((value) => Math.abs(value - center)));
}

/** Linear between the two nearest of ascending values; NaN of none. */
export function sortedQuantile(sorted: readonly number[], probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
