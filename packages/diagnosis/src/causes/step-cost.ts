import { mergedSpans, overlapNs, spanOf } from '../spans.js';
import type { Stall } from '../stalls.js';
import type { DiagnosisContext } from './cause-rule.js';

/** Intervals with fewer prompt tokens say little of what one costs. */
const LEAST_TOKENS = 500;
const FEWEST_INTERVALS_COUNT = 20;
/** A run may be slowed for most of its time. */
const QUANTILE_RATIO = 0.25;

const COSTS = new WeakMap<readonly Stall[], number | undefined>();

/**
 * What a prompt token usually costs the streams that decode meanwhile, ns: from first tokens, or from how long they were overdue between two scrapes for
 * so many prompt tokens, whichever is more (a short prompt runs beside the decodes for less than its share of a long one). `undefined`
 * where neither can be told.
 */
export function stepNsPerToken(context: DiagnosisContext): number | undefined {
  if (!COSTS.has(context.stalls)) COSTS.set(context.stalls, fromScrapes(context));
  const scraped = COSTS.get(context.stalls);
  const { prefillNsPerToken } = context;
  return scraped === undefined ? prefillNsPerToken : Math.max(scraped, prefillNsPerToken ?? 0);
}

function fromScrapes({ stalls, telemetry }: DiagnosisContext): number | undefined {
  const line = telemetry.servers[0]?.line('prompt_tokens_count');
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
