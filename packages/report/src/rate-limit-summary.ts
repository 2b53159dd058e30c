import { describeDistribution, type Distribution } from '@fluidscope/metrics';
import { isRateLimited, type RecordedConfig, type RequestRow } from '@fluidscope/trace-schema';

/** What the server's rate limit did to a run. */
export interface RateLimitSummary {
  /** Measured requests that it refused. */
  readonly refusedCount: number;
  /** Of those sent. */
  readonly refusedRatio: number;
  /** What it asked to wait, over the refused that were told. */
  readonly retryAfterNs: Distribution | undefined;
  readonly pacing: 'off' | 'retry-after';
  /** Measured requests that this client held back, and for how long. */
  readonly pacedNs: Distribution | undefined;
  /** The `x-ratelimit-*` headers of the last answer that had any. */
  readonly lastHeaders: Readonly<Record<string, string>> | undefined;
}

/** `undefined` where no request was refused or held back, and the server told of no limit. */
export function summariseRateLimit(
  measured: readonly RequestRow[],
  config: RecordedConfig | undefined,
): RateLimitSummary | undefined {
  const sentCount = measured.filter(({ sentNs }) => sentNs !== undefined).length;
  const refused = measured.filter(isRateLimited);
  const pacedNs = measured.flatMap((row) => row.pacedNs ?? []);
  const lastHeaders = measured.findLast(
    ({ rateLimitHeaders }) => rateLimitHeaders !== undefined,
  )?.rateLimitHeaders;
  if (refused.length === 0 && pacedNs.length === 0 && lastHeaders === undefined) return undefined;
  return {
    refusedCount: refused.length,
    refusedRatio: sentCount === 0 ? 0 : refused.length / sentCount,
    retryAfterNs: describeDistribution(Float64Array.from(refused.flatMap((row) => row.retryAfterNs ?? []))),
    pacing: config?.rate_limit_pacing ?? 'off',
    pacedNs: describeDistribution(Float64Array.from(pacedNs)),
    lastHeaders,
  };
}
