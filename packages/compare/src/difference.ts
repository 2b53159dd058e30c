import { quantileOf, studentHalfWidth, type Interval } from '@fluidscope/slo';

/** How two runs' figures differ, second less first. */
export interface Difference {
  readonly value: number;
  /** By the resampled runs: the middle of their differences, and the value itself. */
  readonly interval: Interval;
  /** As a share of the first run's figure; `undefined` where that is 0 or not finite. */
  readonly ratio: number | undefined;
  readonly ratioInterval: Interval | undefined;
  /** In standard errors. */
  readonly standardErrors: number;
}

/** Both runs' figures, and those of as many resampled runs of each. */
export interface FigurePair {
  readonly first: number;
  readonly second: number;
  readonly firstResampled: Float64Array;
  readonly secondResampled: Float64Array;
}

export function differenceOf(pair: FigurePair, confidenceRatio: number): Difference | undefined {
  const { first, second } = pair;
  const value = minus(second, first);
  if (Number.isNaN(value)) return undefined;
  const differences = differencesOf(pair);
  const ratios = pair.firstResampled.map((each, index) => (pair.secondResampled[index] ?? NaN) / each - 1);
  const ratio = first === 0 ? NaN : second / first - 1;
  const hasRatio = Number.isFinite(first) && !Number.isNaN(ratio);
  return {
    value,
    interval: middleOf(differences, value, confidenceRatio),
    ratio: hasRatio ? ratio : undefined,
    ratioInterval: hasRatio ? middleOf(ratios, ratio, confidenceRatio) : undefined,
    standardErrors: inErrors(Math.abs(value), spreadOf(differences)),
  };
}

/** What is without end in both is the same. */
function minus(second: number, first: number): number {
  return second === first ? 0 : second - first;
}

function differencesOf({ firstResampled, secondResampled }: FigurePair): Float64Array {
  return firstResampled.map((first, index) => minus(secondResampled[index] ?? NaN, first));
}

function inErrors(value: number, standardError: number): number {
  return value === 0 ? 0 : value / standardError;
}

/** The percentile interval, widened to hold the value. */
export function middleOf(resampled: Float64Array, value: number, confidenceRatio: number): Interval {
  const sorted = resampled.filter((each) => !Number.isNaN(each)).sort();
  const tail = (1 - confidenceRatio) / 2;
  return {
    low: Math.min(value, quantileOf(sorted, tail) ?? -Infinity),
    high: Math.max(value, quantileOf(sorted, 1 - tail) ?? Infinity),
  };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf(values: Float64Array): number {
  const mean = meanOf(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1),
  );
}

/**
 * How many standard errors a difference must reach to be called real, so that among all of `pairs` together a false one comes up in at most
 * 1 - `confidenceRatio` of comparisons of runs that differ by nothing: the quantile of the largest of the resampled ones (the
 * single-step max-T of Westfall and Young 1993; Romano and Wolf 2005), widened as Student's t is for so few independent blocks.
 */
export function familyThreshold(
  pairs: readonly FigurePair[],
  confidenceRatio: number,
  blocksCount: number,
): number {
  const largest = new Float64Array(pairs[0]?.firstResampled.length ?? 0);
  for (const pair of pairs) {
    const differences = differencesOf(pair);
    const [mean, spread] = [meanOf(differences), spreadOf(differences)];
    if (!(spread > 0) || !Number.isFinite(spread)) continue;
    differences.forEach((difference, index) => {
      largest[index] = Math.max(largest[index] ?? 0, Math.abs(difference - mean) / spread);
    });
  }
  const threshold = quantileOf(largest.sort(), confidenceRatio) ?? Infinity;
  const degrees = Math.max(1, blocksCount - 2);
  return threshold * (studentHalfWidth(confidenceRatio, degrees) / studentHalfWidth(confidenceRatio, 1e6));
}
