import { overlapNs, type Span } from '../spans.js';

const USUAL_HIGH_RATIO = 0.9;

/** One quantity over run time: samples in order of time. */
export class SampleLine {
  /** Once it was asked for: of one element. */
  #usualHigh: readonly (number | undefined)[] | undefined;
  #lost: readonly Span[] = [];

  /** Of one length: run time, value (NaN: the source gave no number), and how far the true time may be from the stated one. */
  constructor(
    readonly timesNs: Float64Array,
    readonly values: Float64Array,
    readonly boundsNs: Float64Array,
    /** A sample speaks for the time up to the next one where that comes within so long; beyond, nothing is known. */
    readonly reachNs: number,
  ) {}

  /** The same, with time in which samples are known to be missing, for which none speaks: in order, without overlaps. */
  withLost(lost: readonly Span[]): SampleLine {
    const line = new SampleLine(this.timesNs, this.values, this.boundsNs, this.reachNs);
    line.#lost = lost;
    return line;
  }

  /** Without the samples whose time may be further off than `limitNs`. */
  within(limitNs: number): SampleLine {
    if (!this.boundsNs.some((boundNs) => boundNs > limitNs)) return this;
    const kept = (values: Float64Array): Float64Array =>
      values.filter((_, index) => !((this.boundsNs[index] ?? NaN) > limitNs));
    return new SampleLine(kept(this.timesNs), kept(this.values), kept(this.boundsNs), this.reachNs).withLost(
      this.#lost,
    );
  }

  /** Index of the last sample at or before a time; -1 before the first. */
  indexAt(timeNs: number): number {
    let [low, high] = [0, this.timesNs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.timesNs[middle] ?? NaN) <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The level in force at a time; `undefined` where no sample reaches it. */
  levelAt(timeNs: number): number | undefined {
    const index = this.indexAt(timeNs);
    const value = this.values[index];
    return value === undefined || Number.isNaN(value) || timeNs - (this.timesNs[index] ?? NaN) > this.reachNs
      ? undefined
      : value;
  }

  /** Share of a span that samples speak for, 0 to 1. */
  coverageRatio(fromNs: number, toNs: number): number {
    if (toNs <= fromNs) return this.levelAt(fromNs) === undefined ? 0 : 1;
    let coveredNs = 0;
    for (let index = Math.max(0, this.indexAt(fromNs)); index < this.timesNs.length; index += 1) {
      const startNs = this.timesNs[index] ?? NaN;
      if (startNs >= toNs) break;
      if (Number.isNaN(this.values[index] ?? NaN)) continue;
      const nextNs = this.timesNs[index + 1] ?? startNs + this.reachNs;
      const endNs = nextNs - startNs > this.reachNs ? startNs + this.reachNs : nextNs;
      const [spanFromNs, spanToNs] = [Math.max(startNs, fromNs), Math.min(endNs, toNs)];
      if (spanToNs > spanFromNs)
        coveredNs += spanToNs - spanFromNs - overlapNs(this.#lost, spanFromNs, spanToNs);
    }
    return coveredNs / (toNs - fromNs);
  }

  /** Mean of a gauge over a span, each level weighted by the time that it was in force; `undefined` where nothing is covered. */
  meanOver(fromNs: number, toNs: number): number | undefined {
    let [sum, weight] = [0, 0];
    this.forEachLevel(fromNs, toNs, (value, durationNs) => {
      sum += value * durationNs;
      weight += durationNs;
    });
    return weight === 0 ? this.levelAt(fromNs) : sum / weight;
  }

  /** Largest level in force within a span; `undefined` where nothing is covered. */
  maxOver(fromNs: number, toNs: number): number | undefined {
    let max: number | undefined;
    this.forEachLevel(fromNs, toNs, (value) => (max = max === undefined ? value : Math.max(max, value)));
    return max;
  }

  minOver(fromNs: number, toNs: number): number | undefined {
    let min: number | undefined;
    this.forEachLevel(fromNs, toNs, (value) => (min = min === undefined ? value : Math.min(min, value)));
    return min;
  }

  /** What a gauge reaches when nothing holds it down: its 90 % quantile over the run; `undefined` without a number. */
  get usualHigh(): number | undefined {
    this.#usualHigh ??= [this.values.filter((value) => !Number.isNaN(value)).sort()].map(
      (sorted) => sorted[Math.floor(USUAL_HIGH_RATIO * (sorted.length - 1))],
    );
    return this.#usualHigh[0];
  }

  /**
   * How much a counter grew from the last sample before a span to the first after it: at least all that it grew within. A decrease is a new
   * epoch, which adds what it has reached. `undefined` without a sample on both sides.
   */
  growthOver(fromNs: number, toNs: number): CounterGrowth | undefined {
    const first = this.indexAt(fromNs);
    const last =
      (this.timesNs[this.indexAt(toNs)] ?? NaN) === toNs ? this.indexAt(toNs) : this.indexAt(toNs) + 1;
    if (first < 0 || last >= this.timesNs.length) return undefined;
    let growth = 0;
    for (let index = first + 1; index <= last; index += 1) {
      const [before, after] = [this.values[index - 1] ?? NaN, this.values[index] ?? NaN];
      growth += after >= before ? after - before : after;
    }
    return { growth, fromNs: this.timesNs[first] ?? NaN, toNs: this.timesNs[last] ?? NaN };
  }

  private forEachLevel(
    fromNs: number,
    toNs: number,
    take: (value: number, durationNs: number) => void,
  ): void {
    for (let index = Math.max(0, this.indexAt(fromNs)); index < this.timesNs.length; index += 1) {
      const startNs = this.timesNs[index] ?? NaN;
      if (startNs > toNs) break;
      const value = this.values[index] ?? NaN;
      const endNs = Math.min(this.timesNs[index + 1] ?? Infinity, startNs + this.reachNs, toNs);
      if (Number.isNaN(value) || endNs < fromNs) continue;
      take(value, Math.max(0, endNs - Math.max(startNs, fromNs)));
    }
  }
}

/** `growth` in the counter's unit over `[fromNs, toNs]`, which contains the span that was asked for. */
export interface CounterGrowth {
  readonly growth: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** The usual distance of samples, ns: the median; `undefined` for fewer than two. */
export function usualIntervalNs(timesNs: Float64Array): number | undefined {
  if (timesNs.length < 2) return undefined;
  const gapsNs = timesNs.slice(1).map((timeNs, index) => timeNs - (timesNs[index] ?? NaN));
  return gapsNs.sort()[gapsNs.length >> 1];
}
