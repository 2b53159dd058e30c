import type { Distribution } from '@fluidscope/metrics';

/** A distribution as every `--json` shows it, in the unit that the field's name ends in. */
export interface DistributionJson {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly std: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  /** Percentiles with less than one value beyond them. */
  readonly unsupported_percentiles: readonly string[];
}

/** `null` for an empty distribution. */
export function distributionJson(distribution: Distribution | undefined): DistributionJson | null {
  if (distribution === undefined) return null;
  const { count, mean, min, max, p50, p90, p95, p99, p999 } = distribution;
  return {
    count,
    mean,
    min,
    max,
    std: distribution.standardDeviation,
    p50,
    p90,
    p95,
    p99,
    p999,
    unsupported_percentiles: distribution.unsupportedPercentiles,
  };
}
