import type { CostSummary } from './cost-summary.js';
import type { RateLimitSummary } from './rate-limit-summary.js';
import { duration, percent } from './text-figures.js';

/** What the server's rate limit did, one fact a line; none without a summary. */
export function rateLimitLines(limit: RateLimitSummary | undefined): string[] {
  if (limit === undefined) return [];
  const { refusedCount, refusedRatio, retryAfterNs, pacedNs, pacing, lastHeaders } = limit;
  const lines: string[] = [];
  if (refusedCount > 0) {
    const asked =
      retryAfterNs === undefined
        ? 'without a time to wait'
        : `asked to wait ${duration(retryAfterNs.p50)} (p50), ${duration(retryAfterNs.max)} at most`;
    lines.push(
      `refused         ${refusedCount} requests, ${percent(refusedRatio)} of those sent (429, 503); ${asked}`,
    );
  }
  lines.push(
    pacedNs === undefined
      ? `paced           no request (--rate-limit-pacing ${pacing})`
      : `paced           ${pacedNs.count} requests held back by this client, ${duration(pacedNs.p50)} (p50), ${duration(pacedNs.max)} at most: in TTFT from the intended send, not in that from the actual send`,
  );
  if (lastHeaders !== undefined)
    lines.push(
      `headers         ${Object.entries(lastHeaders)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', ')}`,
    );
  return lines;
}

/** What the run cost, one fact a line; none without prices. */
export function costLines(cost: CostSummary | undefined): string[] {
  if (cost === undefined) return [];
  const counted =
    cost.countedHereCount === 0
      ? 'by the server’s usage'
      : `${cost.countedHereCount} of ${cost.requestsCount} requests by this client’s count`;
  return [
    `this run        ${usd(cost.measuredUsd)}${cost.warmupUsd > 0 ? ` (and ${usd(cost.warmupUsd)} for warm-up)` : ''}: ${cost.promptTokens} prompt tokens, ${cost.cachedTokens} of them cached, ${cost.outputTokens} output tokens, ${counted}`,
    `a million       output tokens ${usd(cost.perMillionOutputUsd)}, fluent ones (that met their deadline) ${usd(cost.perMillionFluentUsd)}`,
  ];
}

export function usd(value: number | undefined): string {
  if (value === undefined) return '-';
  return `$${value >= 1 || value === 0 ? value.toFixed(2) : value.toPrecision(3)}`;
}
