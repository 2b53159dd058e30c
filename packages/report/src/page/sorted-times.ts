/** How many of the times, ascending, are at or before a time. */
export function countUpTo(timesS: Float64Array, timeS: number): number {
  let [low, high] = [0, timesS.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesS[middle] ?? NaN) <= timeS) low = middle + 1;
    else high = middle;
  }
  return low;
}
