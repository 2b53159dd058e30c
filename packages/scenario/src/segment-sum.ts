/** A sum over time of rates that hold for spans, asked at times that ascend. Spans are added before their start is asked for. */
export class SegmentSum {
  private done = 0;
  private open: { fromNs: number; toNs: number; growthRatio: number }[] = [];

  /** `basePerNs` always holds. */
  constructor(private readonly basePerNs = 0) {}

  add(fromNs: number, toNs: number, growthRatio: number): void {
    if (toNs > fromNs && growthRatio !== 0) this.open.push({ fromNs, toNs, growthRatio });
  }

  valueAt(atNs: number): number {
    let value = this.done + this.basePerNs * atNs;
    let kept = 0;
    for (const segment of this.open) {
      const { fromNs, toNs, growthRatio } = segment;
      if (toNs <= atNs) {
        this.done += (toNs - fromNs) * growthRatio;
        value += (toNs - fromNs) * growthRatio;
        continue;
      }
      if (fromNs < atNs) value += (atNs - fromNs) * growthRatio;
      this.open[kept++] = segment;
    }
    this.open.length = kept;
    return value;
  }
}
