import {
  sampleOf,
  type LatencyMetric,
  type RequestTerm,
  type RunMetric,
  type TermSample,
} from '@fluidscope/slo';
import type { ComparedRun } from './compared-run.js';
import { weightedFigures, type WeightedFigures } from './weighted-figure.js';

const LATENCIES: readonly LatencyMetric[] = ['ttft', 'tbt', 'tpot', 'end_to_end'];
const QUANTILES = [0.5, 0.9, 0.99];

/** What every comparison shows. */
export const COMPARED_METRICS: readonly RunMetric[] = [
  { kind: 'fluidity_index' },
  { kind: 'missed_deadlines' },
  ...LATENCIES.flatMap((of) => QUANTILES.map((ratio): RunMetric => ({ kind: 'quantile', of, ratio }))),
  { kind: 'request_rate' },
  { kind: 'output_token_rate' },
  { kind: 'error_rate' },
];

export interface SampleOptions {
  readonly requestTerms: readonly RequestTerm[];
  /**
   * How failed requests enter latencies: not at all, as `fluidscope run` prints them, or worse than any limit, as a gate has them.
   */
  readonly failed: 'left_out' | 'worst';
}

/** Figures that stand on one sample: the quantiles of one latency, or one figure alone. */
export interface FigureGroup {
  readonly metrics: readonly RunMetric[];
  readonly figures: WeightedFigures;
  readonly sample: TermSample;
}

/** `metrics` with what each stands on, in groups; the groups' metrics in turn may be in another order. */
export function figureGroups(
  metrics: readonly RunMetric[],
  run: ComparedRun,
  options: SampleOptions,
): FigureGroup[] {
  const latencies = LATENCIES.map((of) =>
    metrics.filter((metric) => metric.kind === 'quantile' && metric.of === of),
  );
  const others = metrics.filter(({ kind }) => kind !== 'quantile').map((metric) => [metric]);
  return [...latencies, ...others].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [groupOf(first, group, run, options)];
  });
}

function groupOf(
  first: RunMetric,
  metrics: readonly RunMetric[],
  run: ComparedRun,
  options: SampleOptions,
): FigureGroup {
  const { requests, windowNs, sharesNs } = run;
  const whole = sampleOf(first, options, { requests, durationNs: windowNs });
  const sample = options.failed === 'worst' ? whole : withoutFailed(whole);
  const ratios = metrics.map((metric) => (metric.kind === 'quantile' ? metric.ratio : NaN));
  const isOfBad = first.kind === 'error_rate' || first.kind === 'missed_deadlines';
  return { metrics, sample, figures: weightedFigures(sample, { ratios, isOfBad, sharesNs }) };
}

function withoutFailed(sample: TermSample): TermSample {
  switch (sample.kind) {
    case 'values':
      return { kind: 'values', valuesNs: sample.valuesNs.map((value) => (value === Infinity ? NaN : value)) };
    case 'waits':
      return {
        kind: 'waits',
        waitsNs: sample.waitsNs.map((waits) => (waits[0] === Infinity ? waits.subarray(0, 0) : waits)),
      };
    case 'requests':
    case 'deadlines':
    case 'rate':
      return sample;
  }
}

/** How many requests a figure has a value of. */
export function measuredRequests(sample: TermSample): number {
  switch (sample.kind) {
    case 'values':
      return sample.valuesNs.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    case 'waits':
      return sample.waitsNs.filter(({ length }) => length > 0).length;
    case 'deadlines':
      return sample.total.reduce((count, total) => count + (total > 0 ? 1 : 0), 0);
    case 'requests':
      return sample.good.length;
    case 'rate':
      return sample.counts.length;
  }
}

/**
 * How many blocks have a request at or beyond a quantile's value: what the tail stands on. Requests in turn that are slow together are one
 * piece of evidence.
 */
export function blocksBeyond(sample: TermSample, value: number, blockRequests: number): number {
  const blocksOf = (isBeyond: readonly boolean[]): number =>
    new Set(isBeyond.flatMap((beyond, index) => (beyond ? [Math.floor(index / blockRequests)] : []))).size;
  switch (sample.kind) {
    case 'values':
      return blocksOf(Array.from(sample.valuesNs, (each) => each >= value));
    case 'waits':
      return blocksOf(sample.waitsNs.map((waits) => waits.some((wait) => wait >= value)));
    case 'deadlines':
    case 'requests':
    case 'rate':
      return Infinity;
  }
}
