import { interpolate, sortSamples, type SortedSamples } from './sorted-samples.js';

const PERCENTILE_PER_MILLE = { p50: 500, p90: 900, p95: 950, p99: 990, p999: 999 } as const;

export type PercentileName = keyof typeof PERCENTILE_PER_MILLE;

/** The percentiles of every distribution, ascending. */
export const PERCENTILE_NAMES = Object.keys(PERCENTILE_PER_MILLE) as readonly PercentileName[];

/** Exact statistics over pooled values, in the values' own unit. */
export interface Distribution extends Readonly<Record<PercentileName, number>> {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Over the whole population (divisor `count`), as numpy's default and AIPerf have it. */
  readonly standardDeviation: number;
  /** Percentiles that stand on less than one value beyond them (p99.9 of 200): show them as such. */
  readonly unsupportedPercentiles: readonly PercentileName[];
}

/** `undefined` when empty; `RangeError` naming the index of a value that is not finite. */
export function describeDistribution(values: Float64Array): Distribution | undefined {
  const samples = sortSamples(values);
  const min = samples[0];
  const max = samples.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const mean = meanOf(samples);
  const standardDeviation = standardDeviationOf(samples, mean);
  const moments = { count: samples.length, mean, min, max, standardDeviation };
  return distributionAt(moments, (rank) => samples[rank] ?? NaN);
}

/** Completes a distribution of at least one value by its percentiles; `valueAt` is asked for `percentileRanks` only. */
export function distributionAt(
  moments: Pick<Distribution, 'count' | 'mean' | 'min' | 'max' | 'standardDeviation'>,
  valueAt: (rank: number) => number,
): Distribution {
  const at = (name: PercentileName): number =>
    interpolate(moments.count, PERCENTILE_PER_MILLE[name] / 1_000, valueAt);
  return {
    ...moments,
    ...{ p50: at('p50'), p90: at('p90'), p95: at('p95'), p99: at('p99'), p999: at('p999') },
    unsupportedPercentiles: PERCENTILE_NAMES.filter((name) => !supportsPercentile(moments.count, name)),
  };
}

/** The ranks, from 0, that the percentiles of `count` values lie between, ascending. Empty when there are none. */
export function percentileRanks(count: number): number[] {
  const ranks = new Set<number>();
  if (count > 0) {
    for (const name of PERCENTILE_NAMES) {
      interpolate(count, PERCENTILE_PER_MILLE[name] / 1_000, (rank) => ranks.add(rank).size);
    }
  }
  return [...ranks].sort((a, b) => a - b);
}

/** Whether at least one of `count` values lies beyond the percentile: 1,000 for p99.9, 100 for p99. */
export function supportsPercentile(count: number, name: PercentileName): boolean {
  return count * (1_000 - PERCENTILE_PER_MILLE[name]) >= 1_000;
}

function meanOf(samples: SortedSamples): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index += 1) sum += samples[index] as number;
  return sum / samples.length;
}

function standardDeviationOf(samples: SortedSamples, mean: number): number {
  let squares = 0;
  for (let index = 0; index < samples.length; index += 1) squares += ((samples[index] as number) - mean) ** 2;
  return Math.sqrt(squares / samples.length);
}
