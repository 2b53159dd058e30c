import type { ServerSample } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import type { ServerMetric } from '../server-metric.js';
import type { LoggedStep } from './engine-log-line.js';
import { middleOf, type PlacedLine } from './placed-line.js';
import { stepEnds } from './step-ends.js';

/** As often as a page is scraped: a counter that is dated worse would lay the tokens of one step to the stall of another. */
const LOOSEST_BOUND_NS = 100_000_000;
const NS_PER_S = 1e9;

/**
 * Counters of steps, of their tokens and their time, from 0 at the run's begin, at the end of each step; steps that are not dated to 100 ms count with the next
 * that is.
 */
export function stepSamples(
  steps: readonly PlacedLine<LoggedStep>[],
  endpoint: string,
): { readonly samples: readonly ServerSample[]; readonly looseCount: number } {
  const counters = { ...NO_STEPS };
  const samples = rowsOf(counters, { endpoint, timeNs: runNs(0) });
  let looseCount = 0;
  for (const step of endedSteps(steps)) {
    count(step.entry, counters);
    const timeNs = middleOf(step);
    const { kvCacheUsageRatio } = step.entry;
    if ((step.toNs - step.fromNs) / 2 > LOOSEST_BOUND_NS) looseCount += 1;
    else {
      samples.push(...rowsOf(counters, { endpoint, timeNs }));
      if (kvCacheUsageRatio !== undefined)
        samples.push({ endpoint, timeNs, metric: 'kv_cache_usage_ratio', value: kvCacheUsageRatio });
    }
  }
  return { samples: looseCount === steps.length ? [] : samples, looseCount };
}

const NO_STEPS = {
  iterations_count: 0,
  iteration_tokens_count: 0,
  iteration_time_s: 0,
  prompt_tokens_count: 0,
  generation_tokens_count: 0,
} satisfies Partial<Record<ServerMetric, number>>;

type StepCounters = { -readonly [Metric in keyof typeof NO_STEPS]: number };

function count({ contextTokens, generationTokens, elapsedNs }: LoggedStep, counters: StepCounters): void {
  counters.iterations_count += 1;
  counters.iteration_tokens_count += contextTokens + generationTokens;
  counters.iteration_time_s += elapsedNs / NS_PER_S;
  counters.prompt_tokens_count += contextTokens;
  counters.generation_tokens_count += generationTokens;
}

function rowsOf(counters: StepCounters, row: Pick<ServerSample, 'endpoint' | 'timeNs'>): ServerSample[] {
  return Object.entries(counters).map(([metric, value]) => ({ ...row, metric, value }));
}

/** Of all engines, in order of time. */
function endedSteps(steps: readonly PlacedLine<LoggedStep>[]): readonly PlacedLine<LoggedStep>[] {
  return [...new Set(steps.map(({ engineIndex }) => engineIndex))]
    .flatMap((engine) => {
      const own = steps.filter(({ engineIndex }) => engineIndex === engine);
      const ends = stepEnds(own.map(({ entry, ...range }) => ({ ...range, elapsedNs: entry.elapsedNs })));
      return own.map((step, index) => ({ ...step, ...ends[index] }));
    })
    .toSorted((a, b) => a.fromNs + a.toNs - (b.fromNs + b.toNs));
}
