/** Covers the longest averaging window, 1 s, at one entry a millisecond; with more, the window's start is the oldest entry. */
const LENGTH = 2_048;

/** The recent past of an integral over time, from which a sensor takes the mean of its window. Memory is constant. */
export class GpuHistory {
  private readonly atNs = new Float64Array(LENGTH);
  private readonly integral = new Float64Array(LENGTH);
  /** The first entry is 0 at time 0. */
  private count = 1;

  /** Times ascend from above 0. */
  record(atNs: number, integral: number): void {
    const slot = this.count++ % LENGTH;
    this.atNs[slot] = atNs;
    this.integral[slot] = integral;
  }

  /** The mean rate over the `windowNs` before the latest entry, or since time 0 where that is later; 0 before anything was recorded. */
  mean(windowNs: number): number {
    if (this.count < 2) return 0;
    const newest = (this.count - 1) % LENGTH;
    const toNs = this.atNs[newest] ?? 0;
    const fromNs = toNs - windowNs;
    const low = this.lastAtOrBefore(fromNs);
    const lowNs = this.atNs[low % LENGTH] ?? 0;
    const highNs = this.atNs[(low + 1) % LENGTH] ?? 0;
    const lowIntegral = this.integral[low % LENGTH] ?? 0;
    const highIntegral = this.integral[(low + 1) % LENGTH] ?? 0;
    const startNs = Math.max(fromNs, lowNs);
    const start = lowIntegral + ((highIntegral - lowIntegral) * (startNs - lowNs)) / (highNs - lowNs);
    return ((this.integral[newest] ?? 0) - start) / (toNs - startNs);
  }

  /** By halving: the number of the latest entry but the last that is not after `atNs`, or of the oldest. */
  private lastAtOrBefore(atNs: number): number {
    let low = Math.max(0, this.count - LENGTH);
    let high = this.count - 2;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.atNs[middle % LENGTH] ?? 0) <= atNs) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
