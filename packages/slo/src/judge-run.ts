import { NS_PER_S } from '@fluidscope/units';
import {
  quantileInterval,
  quantileOf,
  ratioInterval,
  ratioOf,
  shareInterval,
  type Interval,
  type RatioSample,
} from './intervals.js';
import { sampleOf, type RunOutcomes, type TermSample } from './term-sample.js';
import { boundOf, isMetBy, type RunMetric, type RunTerm, type Slo } from './terms.js';

/** `straddles`: the limit lies within the figure's interval. `unmeasured`: no request has a value. */
export type Verdict = 'met' | 'not_met' | 'straddles' | 'unmeasured';

/** A figure of a run in its own unit (ns, a ratio from 0 to 1, requests a second); a quantile may be infinite. */
export interface Figure {
  /** `undefined` where nothing was measured. */
  readonly value: number | undefined;
  /** `undefined` for a rate, which was counted and not estimated, and where nothing was measured. */
  readonly interval: Interval | undefined;
  readonly sample: TermSample;
}

export interface TermJudgement extends Figure {
  readonly term: RunTerm;
  /** By the value alone. */
  readonly isMet: boolean;
  readonly verdict: Verdict;
}

export interface RunJudgement {
  readonly verdict: Verdict;
  /** By the values alone. */
  readonly isMet: boolean;
  /** One a term of the run, in the SLO's order. */
  readonly terms: readonly TermJudgement[];
}

export interface JudgeOptions {
  /** How often each interval must hold the truth, were the requests independent: 0.95. */
  readonly confidenceRatio?: number;
}

const DEFAULT_CONFIDENCE_RATIO = 0.95;

/**
 * Judges a run by each term and by all. Its verdict is the worst of theirs: one term that is not met decides, then one that
 * was not measured, then one that straddles. Each interval has the confidence by itself: that all terms are met is as sure as the
 * least sure of them; that one is not is less sure the more terms there are.
 */
export function judgeRun(slo: Slo, run: RunOutcomes, options: JudgeOptions = {}): RunJudgement {
  const terms = slo.runTerms.map((term) => judgeTerm(term, slo, run, options));
  const worst = (['not_met', 'unmeasured', 'straddles'] as const).find((verdict) =>
    terms.some((term) => term.verdict === verdict),
  );
  return { verdict: worst ?? 'met', isMet: terms.every(({ isMet }) => isMet), terms };
}

function judgeTerm(term: RunTerm, slo: Slo, run: RunOutcomes, options: JudgeOptions): TermJudgement {
  const figure = measure(term.metric, slo, run, options);
  const isMet = figure.value !== undefined && isMetBy(term, figure.value);
  return { term, ...figure, isMet, verdict: verdictOf(term, figure) };
}

function verdictOf(term: RunTerm, { value, interval }: Figure): Verdict {
  if (value === undefined) return 'unmeasured';
  const { low, high } = interval ?? { low: value, high: value };
  const [best, worst] = boundOf(term.metric) === 'at_most' ? [low, high] : [high, low];
  if (isMetBy(term, worst)) return 'met';
  return isMetBy(term, best) ? 'straddles' : 'not_met';
}

/** A figure with its interval and what it stands on. */
export function measure(
  metric: RunMetric,
  slo: Pick<Slo, 'requestTerms'>,
  run: RunOutcomes,
  { confidenceRatio = DEFAULT_CONFIDENCE_RATIO }: JudgeOptions = {},
): Figure {
  const sample = sampleOf(metric, slo, run);
  const figure = estimate(metric, sample, confidenceRatio);
  return { value: figure?.value, interval: figure?.interval, sample };
}

interface Estimate {
  readonly value: number;
  readonly interval: Interval | undefined;
}

function estimate(metric: RunMetric, sample: TermSample, confidenceRatio: number): Estimate | undefined {
  switch (sample.kind) {
    case 'requests':
      return ofShare(sample.good, metric.kind === 'error_rate', confidenceRatio);
    case 'values':
      return ofValues(
        sample.valuesNs.filter((value) => !Number.isNaN(value)).sort(),
        ratioIn(metric),
        confidenceRatio,
      );
    case 'waits':
      return ofWaits(sample.waitsNs, ratioIn(metric), confidenceRatio);
    case 'deadlines':
      return ofDeadlines(sample, metric.kind === 'missed_deadlines', confidenceRatio);
    case 'rate':
      return sample.durationNs > 0
        ? {
            value: (sample.counts.reduce((sum, count) => sum + count, 0) / sample.durationNs) * NS_PER_S,
            interval: undefined,
          }
        : undefined;
  }
}

function ratioIn(metric: RunMetric): number {
  return metric.kind === 'quantile' ? metric.ratio : NaN;
}

function ofShare(good: Uint8Array, countsBad: boolean, confidenceRatio: number): Estimate | undefined {
  if (good.length === 0) return undefined;
  const goodCount = good.reduce((sum, one) => sum + one, 0);
  const counted = countsBad ? good.length - goodCount : goodCount;
  return { value: counted / good.length, interval: shareInterval(counted, good.length, confidenceRatio) };
}

function ofValues(sortedNs: Float64Array, ratio: number, confidenceRatio: number): Estimate | undefined {
  const value = quantileOf(sortedNs, ratio);
  return value === undefined
    ? undefined
    : { value, interval: quantileInterval(sortedNs, ratio, confidenceRatio) };
}

/**
 * Woodruff's interval (1952): that of the share of waits up to the quantile, read back as waits. It is as wide as the waits of one request
 * are alike.
 */
function ofWaits(
  waitsNs: readonly Float64Array[],
  ratio: number,
  confidenceRatio: number,
): Estimate | undefined {
  const sortedNs = pooled(waitsNs).sort();
  const value = quantileOf(sortedNs, ratio);
  if (value === undefined) return undefined;
  const total = Float64Array.from(waitsNs, ({ length }) => length);
  const good = Float64Array.from(waitsNs, (waits) =>
    waits.reduce((sum, wait) => sum + (wait <= value ? 1 : 0), 0),
  );
  const around = ratioInterval({ good, total }, confidenceRatio);
  const seen = ratioOf({ good, total }) ?? ratio;
  const low = sortedNs[Math.floor((ratio - (seen - around.low)) * sortedNs.length) - 1] ?? 0;
  const highShare = ratio + (around.high - seen);
  const high =
    highShare >= 1 || around.high >= 1
      ? Infinity
      : (sortedNs[Math.ceil(highShare * sortedNs.length) - 1] ?? Infinity);
  return { value, interval: { low: Math.min(low, value), high: Math.max(high, value) } };
}

function ofDeadlines(
  sample: RatioSample,
  countsMissed: boolean,
  confidenceRatio: number,
): Estimate | undefined {
  const ratio = ratioOf(sample);
  if (ratio === undefined) return undefined;
  const { low, high } = ratioInterval(sample, confidenceRatio);
  return countsMissed
    ? { value: 1 - ratio, interval: { low: 1 - high, high: 1 - low } }
    : { value: ratio, interval: { low, high } };
}

function pooled(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
