import { mergedSpans, overlapNs, spanOf } from './spans.js';
import type { Stall } from './stalls.js';
import type { MetricSource } from './telemetry/telemetry.js';

/** Intervals with fewer prompt tokens say little of what one costs. */
const LEAST_TOKENS = 500;
const FEWEST_INTERVALS_COUNT = 20;
/** A run may be slowed for most of its time. */
const QUANTILE_RATIO = 0.25;

/**
 * What a prompt token usually costs the streams that decode meanwhile, ns: from first tokens, or from how long they were overdue between two scrapes for
 * so many prompt tokens, whichever is more (a short prompt runs beside the decodes for less than its share of a long one). `undefined`
 * where neither can be told.
 */
export function stepNsPerToken(
  stalls: readonly Stall[],
  [server]: readonly MetricSource[],
  prefillNsPerToken: number | undefined,
): number | undefined {
  const scraped = fromScrapes(stalls, server);
  return scraped === undefined ? prefillNsPerToken : Math.max(scraped, prefillNsPerToken ?? 0);
}

function fromScrapes(stalls: readonly Stall[], server: MetricSource | undefined): number | undefined {
  const line = server?.line('prompt_tokens_count');
  if (line === undefined) return undefined;
  const overdue = mergedSpans(stalls.filter(({ phase }) => phase === 'decode').map(spanOf));
  const costs: number[] = [];
  for (let index = 1; index < line.timesNs.length; index += 1) {
    const [fromNs, toNs] = [line.timesNs[index - 1] ?? NaN, line.timesNs[index] ?? NaN];
    const overdueNs = overlapNs(overdue, fromNs, toNs);
    const tokens = (line.values[index] ?? NaN) - (line.values[index - 1] ?? NaN);
    if (tokens >= LEAST_TOKENS) costs.push(overdueNs / tokens);
  }
  if (costs.length < FEWEST_INTERVALS_COUNT) return undefined;
  return costs.sort((a, b) => a - b)[Math.floor(QUANTILE_RATIO * costs.length)];
}
