import type { PrefillPoint } from './prefill-point.js';
import { median, robustStddev } from './robust-scale.js';

/** The points of one length that was asked for. */
export interface LengthGroup {
  readonly lengthTokens: number;
  /** Median of what the prompts really had. */
  readonly promptTokens: number;
  readonly points: readonly PrefillPoint[];
  readonly medianNs: number;
}

/** By length, shortest first. */
export function groupByLength(points: readonly PrefillPoint[]): readonly LengthGroup[] {
  const byLength = new Map<number, PrefillPoint[]>();
  for (const point of points) {
    const group = byLength.get(point.lengthTokens);
    if (group === undefined) byLength.set(point.lengthTokens, [point]);
    else group.push(point);
  }
  return [...byLength]
    .map(([lengthTokens, ofLength]) => ({
      lengthTokens,
      promptTokens: median(ofLength.map((point) => point.promptTokens)),
      points: ofLength,
      medianNs: median(ofLength.map((point) => point.ttftNs)),
    }))
    .sort((a, b) => a.promptTokens - b.promptTokens);
}

/** What repeats of a length need before their own spread says anything. */
const LEAST_REPEATS_COUNT = 3;
/** So many points' worth of the spread of all lengths enters that of each: ten repeats give a spread to a third only. */
const SHARED_POINTS_COUNT = 4;
/** Clocks and schedulers are never better than this, whatever a few equal repeats say. */
const LEAST_SPREAD_RATIO = 1e-4;

/**
 * The standard deviation of repeats at each length, as a share of the time there: its own spread, drawn towards that of all
 * lengths. `otherwiseRatio` stands in where no length was repeated.
 */
export function spreadRatios(groups: readonly LengthGroup[], otherwiseRatio: number): readonly number[] {
  const own = groups.map(({ points, medianNs }) =>
    points.length < LEAST_REPEATS_COUNT
      ? undefined
      : robustStddev(
          points.map((point) => point.ttftNs),
          medianNs,
        ) / medianNs,
  );
  const known = own.filter((ratio) => ratio !== undefined);
  const shared = known.length === 0 ? otherwiseRatio : median(known);
  return groups.map(({ points }, at) => {
    const ownCount = own[at] === undefined ? 0 : points.length - 1;
    const variance =
      (ownCount * (own[at] ?? 0) ** 2 + SHARED_POINTS_COUNT * shared ** 2) / (ownCount + SHARED_POINTS_COUNT);
    return Math.max(LEAST_SPREAD_RATIO, Math.sqrt(variance));
  });
}
