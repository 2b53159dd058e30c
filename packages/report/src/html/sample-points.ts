import type { Points } from './keep-extremes.js';

/** Samples are missing where twice and a half the usual distance passed without one. */
const REACH_INTERVALS_COUNT = 2.5;
/** Host probes leave out repeats but for one a second and the last before a change. */
const LEAST_REACH_NS = 1_250_000_000;

export interface Samples {
  readonly timesNs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A gauge's samples as points, in `perUnit` of its own unit; NaN is a break. */
export function gaugePoints({ timesNs, values }: Samples, perUnit: number): Points {
  const points = new GrowingPoints(reachOf(timesNs));
  for (let index = 0; index < timesNs.length; index += 1)
    points.add(timesNs[index] ?? NaN, (values[index] ?? NaN) / perUnit);
  return points;
}

/**
 * How fast a counter grew up to each sample, in `perUnit` a nanosecond. Two readings at one time give nothing, and a decrease is a new epoch, of
 * which nothing is known.
 */
export function ratePoints({ timesNs, values }: Samples, perUnit: number): Points {
  const points = new GrowingPoints(reachOf(timesNs));
  for (let index = 1; index < timesNs.length; index += 1) {
    const timeNs = timesNs[index] ?? NaN;
    const lastedNs = timeNs - (timesNs[index - 1] ?? NaN);
    const growth = (values[index] ?? NaN) - (values[index - 1] ?? NaN);
    if (lastedNs > 0) points.add(timeNs, growth < 0 ? NaN : growth / lastedNs / perUnit);
  }
  return points;
}

class GrowingPoints implements Points {
  readonly timesNs: number[] = [];
  readonly values: number[] = [];
  readonly breaks = new Set<number>();

  constructor(private readonly reachNs: number) {}

  add(timeNs: number, value: number): void {
    const last = this.timesNs.length - 1;
    if (!Number.isFinite(value)) {
      if (last >= 0) this.breaks.add(last);
      return;
    }
    if (last >= 0 && timeNs - (this.timesNs[last] ?? NaN) > this.reachNs) this.breaks.add(last);
    this.timesNs.push(timeNs);
    this.values.push(value);
  }
}

function reachOf(timesNs: ArrayLike<number>): number {
  return Math.max(LEAST_REACH_NS, REACH_INTERVALS_COUNT * (usualIntervalNs(timesNs) ?? 0));
}

/** The median distance; `undefined` below two samples. */
export function usualIntervalNs(timesNs: ArrayLike<number>): number | undefined {
  if (timesNs.length < 2) return undefined;
  const gapsNs = Float64Array.from(
    { length: timesNs.length - 1 },
    (_, index) => (timesNs[index + 1] ?? NaN) - (timesNs[index] ?? NaN),
  );
  return gapsNs.sort()[gapsNs.length >> 1];
}
