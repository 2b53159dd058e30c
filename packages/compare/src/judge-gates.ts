import {
  boundOf,
  measure,
  type ChangeTerm,
  type Gates,
  type Interval,
  type RunMetric,
  type RunTerm,
} from '@fluidscope/slo';
import {
  hasEnough,
  pairFigures,
  type CompareOptions,
  type Comparison,
  type PairedFigure,
} from './compare-runs.js';
import type { ComparedRun } from './compared-run.js';
import { differenceOf, middleOf } from './difference.js';

/** `undecided`: the gate's limit lies within the interval. `unmeasured`: a run has no request with the figure. */
export type GateVerdict = 'passed' | 'failed' | 'undecided' | 'unmeasured';

/** A gate as judged; value, limit and interval in one unit: the figure's own, or a share of the first run's figure. */
export interface JudgedGate {
  readonly gate:
    | { readonly kind: 'limit'; readonly term: RunTerm }
    | { readonly kind: 'change'; readonly term: ChangeTerm };
  readonly value: number | undefined;
  readonly limit: number;
  readonly interval: Interval | undefined;
  readonly verdict: GateVerdict;
}

/**
 * Judges the second run by each gate, and by the first run where the gate asks for it. A failed request is worse than any limit in a quantile.
 * Intervals are those of the block bootstrap, and at least as wide as those that take requests for independent: where nothing varied, nothing
 * is known of how much it may.
 */
export function judgeGates(
  { first, second, blocks, options }: Comparison,
  gates: Gates,
): readonly JudgedGate[] {
  const metrics = [...gates.runTerms, ...gates.changeTerms].map(({ metric }) => metric);
  const pairs = pairFigures(
    metrics,
    { first, second },
    { ...options, requestTerms: gates.requestTerms, failed: 'worst' },
  );
  const pairOf = (metric: RunMetric): PairedFigure | undefined =>
    pairs.find((pair) => pair.metric === metric);
  const context = { first, second, blocks, gates, options };
  return [
    ...gates.runTerms.map((term) => judgeLimit(term, pairOf(term.metric), context)),
    ...gates.changeTerms.map((term) => judgeChange(term, pairOf(term.metric), context)),
  ];
}

interface Context {
  readonly first: ComparedRun;
  readonly second: ComparedRun;
  readonly blocks: Comparison['blocks'];
  readonly gates: Gates;
  readonly options: CompareOptions;
}

function judgeLimit(
  term: RunTerm,
  paired: PairedFigure | undefined,
  { second, gates, options }: Context,
): JudgedGate {
  const gate = { kind: 'limit', term } as const;
  const { value, interval } = measureRun(term.metric, second, { gates, options });
  if (value === undefined || paired === undefined) return unmeasured(gate, term.limit);
  const resampled = middleOf(paired.pair.secondResampled, value, options.confidenceRatio);
  return judged(gate, { value, limit: term.limit, interval: hull(resampled, interval ?? resampled) });
}

function judgeChange(term: ChangeTerm, paired: PairedFigure | undefined, context: Context): JudgedGate {
  const gate = { kind: 'change', term } as const;
  const difference =
    paired === undefined ? undefined : differenceOf(paired.pair, context.options.confidenceRatio);
  const isRelative = term.by === 'relative';
  const value = isRelative ? difference?.ratio : difference?.value;
  const resampled = isRelative ? difference?.ratioInterval : difference?.interval;
  if (value === undefined || resampled === undefined) return unmeasured(gate, term.change);
  const isKnown = paired !== undefined && resampled.low < resampled.high && hasEnough(paired, context.blocks);
  const interval = isKnown ? resampled : hull(resampled, furthest(term, context));
  return judged(gate, { value, limit: term.change, interval });
}

/** Where the resampled runs cannot tell, or none differs: as far apart as both figures' own intervals allow. */
function furthest({ metric, by }: ChangeTerm, { first, second, gates, options }: Context): Interval {
  const one = measureRun(metric, first, { gates, options }).interval ?? { low: NaN, high: NaN };
  const other = measureRun(metric, second, { gates, options }).interval ?? { low: NaN, high: NaN };
  return by === 'absolute'
    ? { low: other.low - one.high, high: other.high - one.low }
    : { low: other.low / one.high - 1, high: other.high / one.low - 1 };
}

function measureRun(
  metric: RunMetric,
  { requests, windowNs }: ComparedRun,
  { gates, options }: Pick<Context, 'gates' | 'options'>,
): { readonly value: number | undefined; readonly interval: Interval | undefined } {
  return measure(metric, gates, { requests, durationNs: windowNs }, options);
}

/** Ends that are no numbers are not known, and add nothing. */
function hull(one: Interval, other: Interval): Interval {
  return {
    low: Number.isNaN(other.low) ? one.low : Math.min(one.low, other.low),
    high: Number.isNaN(other.high) ? one.high : Math.max(one.high, other.high),
  };
}

function unmeasured(gate: JudgedGate['gate'], limit: number): JudgedGate {
  return { gate, value: undefined, limit, interval: undefined, verdict: 'unmeasured' };
}

function judged(
  gate: JudgedGate['gate'],
  { value, limit, interval }: { readonly value: number; readonly limit: number; readonly interval: Interval },
): JudgedGate {
  const isAtMost = boundOf(gate.term.metric) === 'at_most';
  const holds = (figure: number): boolean => (isAtMost ? figure <= limit : figure >= limit);
  const [best, worst] = isAtMost ? [interval.low, interval.high] : [interval.high, interval.low];
  const verdict = holds(worst) ? 'passed' : holds(best) ? 'undecided' : 'failed';
  return { gate, value, limit, interval, verdict };
}
