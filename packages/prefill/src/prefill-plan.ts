/** One request to send: its place in the measurement and its prompt's length. */
export interface PlannedPrefill {
  readonly requestIndex: number;
  readonly lengthTokens: number;
}

export const DEFAULT_SHORTEST_TOKENS = 256;
export const DEFAULT_LONGEST_TOKENS = 131_072;
export const DEFAULT_LENGTHS_COUNT = 10;

/**
 * Lengths in equal ratios from `shortestTokens` to `longestTokens`, both included: powers of two for 256 to 131,072 in ten. Fewer where
 * whole numbers run out. Empty unless 1 <= shortest <= longest.
 */
export function prefillLengths(
  shortestTokens: number,
  longestTokens: number,
  count: number,
): readonly number[] {
  if (!(shortestTokens >= 1 && shortestTokens <= longestTokens)) return [];
  const ratio = longestTokens / shortestTokens;
  const lengths = Array.from({ length: count }, (_, at) =>
    Math.round(shortestTokens * ratio ** (count === 1 ? 1 : at / (count - 1))),
  );
  return [...new Set(lengths)];
}

/**
 * Every length so many times, in one shuffled order (Fisher and Yates): a machine that warms up or slows down over the measurement
 * touches all lengths alike. `random` gives numbers from [0, 1).
 */
export function prefillPlan(
  lengths: readonly number[],
  requestsPerLength: number,
  random: () => number,
): readonly PlannedPrefill[] {
  const all = lengths.flatMap((lengthTokens) =>
    Array.from({ length: requestsPerLength }, () => lengthTokens),
  );
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [all[at], all[other]] = [all[other] ?? 0, all[at] ?? 0];
  }
  return all.map((lengthTokens, requestIndex) => ({ requestIndex, lengthTokens }));
}
