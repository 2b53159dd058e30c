import type { RequestTerm, RunMetric } from '@fluidscope/slo';
import { causeCosts, type CauseCosts } from './cause-costs.js';
import { comparabilityWarnings } from './comparability.js';
import type { ComparedRun } from './compared-run.js';
import { differenceOf, familyThreshold, type Difference, type FigurePair } from './difference.js';
import {
  COMPARED_METRICS,
  figureGroups,
  measuredRequests,
  blocksBeyond,
  type FigureGroup,
} from './figures.js';
import { blocksOf, replicatesOf, type Blocks, type Replicates } from './replicates.js';

/** `too_few`: fewer than 20 requests, 6 blocks, or 5 blocks with a request in a quantile's tail, in one of the runs. */
export type Word = 'real' | 'within_noise' | 'too_few' | 'unmeasured';

/** One figure of both runs, in the figure's own unit (ns, a ratio, a count a second). */
export interface ComparedFigure {
  readonly metric: RunMetric;
  /** `undefined`: no request of the run has it. */
  readonly first: number | undefined;
  readonly second: number | undefined;
  /** `undefined` where one of them is. */
  readonly difference: Difference | undefined;
  readonly word: Word;
}

export interface Comparison {
  readonly first: ComparedRun;
  readonly second: ComparedRun;
  readonly blocks: { readonly first: Blocks; readonly second: Blocks };
  /** Why the runs may not be comparable; the first what weighs most. */
  readonly warnings: readonly string[];
  readonly figures: readonly ComparedFigure[];
  readonly causes: CauseCosts;
  readonly options: CompareOptions;
}

export interface CompareOptions {
  /** A 32-bit integer; the same gives the same intervals. */
  readonly seed: number;
  readonly resamplesCount: number;
  readonly confidenceRatio: number;
}

export const DEFAULT_COMPARE_OPTIONS: CompareOptions = {
  seed: 1,
  resamplesCount: 1_000,
  confidenceRatio: 0.95,
};

const FEWEST_REQUESTS_COUNT = 20;
const FEWEST_BEYOND_COUNT = 5;
const FEWEST_BLOCKS_COUNT = 6;

/** Holds two runs side by side: every figure with its difference, the interval of that, and whether it is real. */
export function compareRuns(
  first: ComparedRun,
  second: ComparedRun,
  options: CompareOptions = DEFAULT_COMPARE_OPTIONS,
): Comparison {
  const blocks = { first: blocksOf(first), second: blocksOf(second) };
  const paired = pairFigures(
    COMPARED_METRICS,
    { first, second },
    { ...options, requestTerms: [], failed: 'left_out' },
  );
  const fewestBlocks = Math.min(blocks.first.blocksCount, blocks.second.blocksCount);
  const judged = paired.filter((each) => hasEnough(each, blocks));
  const threshold = familyThreshold(
    judged.map(({ pair }) => pair),
    options.confidenceRatio,
    fewestBlocks,
  );
  const words = new Map(judged.map((each) => [each, wordOf(each, options, threshold)]));
  return {
    first,
    second,
    blocks,
    warnings: comparabilityWarnings(first, second),
    figures: paired.map((each): ComparedFigure => {
      const difference = differenceOf(each.pair, options.confidenceRatio);
      const [one, other] = [known(each.pair.first), known(each.pair.second)];
      const word = difference === undefined ? 'unmeasured' : (words.get(each) ?? 'too_few');
      return { metric: each.metric, first: one, second: other, difference, word };
    }),
    causes: causeCosts(first, second),
    options,
  };
}

export interface PairedFigure {
  readonly metric: RunMetric;
  readonly pair: FigurePair;
  readonly firstGroup: FigureGroup;
  readonly secondGroup: FigureGroup;
}

export interface PairOptions extends CompareOptions {
  readonly requestTerms: readonly RequestTerm[];
  readonly failed: 'left_out' | 'worst';
}

/** Each metric of both runs and their resampled ones, in the order of `metrics`. */
export function pairFigures(
  metrics: readonly RunMetric[],
  { first, second }: { readonly first: ComparedRun; readonly second: ComparedRun },
  options: PairOptions,
): readonly PairedFigure[] {
  const [one, other] = [
    resample(first, metrics, options),
    resample(second, metrics, { ...options, seed: options.seed ^ 0x5bd1e995 }),
  ];
  const flat = one.groups.flatMap((group, at) =>
    group.metrics.map((metric) => ({ metric, firstGroup: group, secondGroup: other.groups[at] ?? group })),
  );
  const paired = flat.map((each, index): PairedFigure => ({
    ...each,
    pair: pairAt(one.replicates, other.replicates, index),
  }));
  return metrics.flatMap((metric) => paired.find((each) => each.metric === metric) ?? []);
}

function resample(
  run: ComparedRun,
  metrics: readonly RunMetric[],
  options: PairOptions,
): { readonly groups: readonly FigureGroup[]; readonly replicates: Replicates } {
  const groups = figureGroups(metrics, run, options);
  const { blockRequests } = blocksOf(run);
  return { groups, replicates: replicatesOf(run, groups, { ...options, blockRequests }) };
}

function pairAt(one: Replicates, other: Replicates, index: number): FigurePair {
  const none = new Float64Array(0);
  return {
    first: one.values[index] ?? NaN,
    second: other.values[index] ?? NaN,
    firstResampled: one.resampled[index] ?? none,
    secondResampled: other.resampled[index] ?? none,
  };
}

/** Whether the resampled runs can tell how a figure varies. */
export function hasEnough(
  { metric, pair, firstGroup, secondGroup }: PairedFigure,
  blocks: Comparison['blocks'],
): boolean {
  return [
    { value: pair.first, resampled: pair.firstResampled, sample: firstGroup.sample, ...blocks.first },
    { value: pair.second, resampled: pair.secondResampled, sample: secondGroup.sample, ...blocks.second },
  ].every(
    ({ value, resampled, sample, blockRequests, blocksCount }) =>
      blocksCount >= FEWEST_BLOCKS_COUNT &&
      measuredRequests(sample) >= FEWEST_REQUESTS_COUNT &&
      !resampled.some(Number.isNaN) &&
      (metric.kind !== 'quantile' || blocksBeyond(sample, value, blockRequests) >= FEWEST_BEYOND_COUNT),
  );
}

function wordOf({ pair }: PairedFigure, { confidenceRatio }: CompareOptions, threshold: number): Word {
  const difference = differenceOf(pair, confidenceRatio);
  if (difference === undefined) return 'unmeasured';
  return difference.standardErrors > threshold ? 'real' : 'within_noise';
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
