/** Covers the longest averaging window, 1 s, at one entry a millisecond. */
const LENGTH = 2_048;

/** The recent past of an integral over time, from which a sensor takes the mean of its window. */
export class GpuHistory {
  private readonly atNs = new Float64Array(LENGTH);
  private readonly integral = new Float64Array(LENGTH);
  private count = 0;

  /** Times ascend. */
  record(atNs: number, integral: number): void {
    const slot = this.count++ % LENGTH;
    this.atNs[slot] = atNs;
    this.integral[slot] = integral;
  }

  /** The mean rate over the `windowNs` before the latest entry, or since the first entry where that is later; 0 before two entries. */
  mean(windowNs: number): number {
    if (this.count < 2) return 0;
    const newest = (this.count - 1) % LENGTH;
    const toNs = this.atNs[newest] ?? 0;
    const fromNs = toNs - windowNs;
    const oldestIndex = Math.max(0, this.count - LENGTH);
    let index = this.count - 2;
    while (index > oldestIndex && (this.atNs[index % LENGTH] ?? 0) > fromNs) index--;
    const lowNs = this.atNs[index % LENGTH] ?? 0;
    const highNs = this.atNs[(index + 1) % LENGTH] ?? 0;
    const low = this.integral[index % LENGTH] ?? 0;
    const high = this.integral[(index + 1) % LENGTH] ?? 0;
    const startNs = Math.max(fromNs, lowNs);
    const start = low + ((high - low) * (startNs - lowNs)) / (highNs - lowNs);
    return ((this.integral[newest] ?? 0) - start) / (toNs - startNs);
  }
}
