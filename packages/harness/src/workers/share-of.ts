/** A worker's part of a whole number dealt out one by one, the first workers taking what is left over. */
export function shareOf(
  total: number | undefined,
  workerIndex: number,
  workersCount: number,
): number | undefined {
  return total === undefined ? undefined : Math.ceil((total - workerIndex) / workersCount);
}
