import { sumOf } from './batch-sums.js';
import type { TermCount } from './point-outcome.js';
import { studentT975 } from './student-t.js';

/** What one run says of one term. */
export interface ThresholdRun {
  readonly load: number;
  readonly batches: readonly TermCount[];
}

/** Where the share of good ones crosses its target. */
export interface Threshold {
  readonly load: number;
  readonly lowLoad: number;
  readonly highLoad: number;
  /** How steeply the odds of failing grow with the logarithm of the load. */
  readonly steepness: number;
  readonly designEffect: number;
}

/** Runs further than this from the threshold bend the straight line more than they steady it. */
const WINDOW_LOG = Math.log(1.5);
/** How steep the odds may be, and what is taken for likely before the runs tell. A steep line looks precise: it has to be seen. */
const STEEPNESS = { least: 1, most: 100, likely: 15, spreadLog: 0.6 };
const WINDOWS_COUNT = 3;

/**
 * The load at which the share of good ones crosses `targetRatio`, by a logistic line of the odds of failing over the logarithm of the load that
 * only rises, fitted to the runs near the crossing (the quantile of a dose-response curve; Finney 1971, Probit Analysis; Wu 1985, Efficient sequential
 * designs with binary data). The 95 % interval is that of the profile likelihood, its deviance divided by the spread seen between batches and between
 * runs (quasi-likelihood; McCullagh and Nelder 1989, 4.5).
 *
 * `within`: where it is looked for; an estimate at an edge means that the runs do not tell. `undefined` without a counted request.
 */
export function fitThreshold(
  runs: readonly ThresholdRun[],
  targetRatio: number,
  within: { readonly lowLoad: number; readonly highLoad: number },
): Threshold | undefined {
  const counted = runs.map(countedRun).filter(({ totalCount }) => totalCount > 0);
  if (counted.length === 0) return undefined;
  const range = { low: Math.log(within.lowLoad), high: Math.log(within.highLoad) };
  let fitted = fitNear(counted, targetRatio, range);
  for (let window = 0; window < WINDOWS_COUNT; window++) {
    const near = counted.filter(({ logLoad }) => Math.abs(logLoad - fitted.logLoad) <= WINDOW_LOG);
    if (near.length < 3 || near.length === fitted.runsCount) break;
    fitted = fitNear(near, targetRatio, range);
  }
  return thresholdOf(fitted);
}

interface CountedRun extends TermCount {
  readonly logLoad: number;
  readonly batches: readonly TermCount[];
}

interface Fitted {
  readonly logLoad: number;
  readonly low: number;
  readonly high: number;
  readonly steepness: number;
  readonly designEffect: number;
  readonly runsCount: number;
}

function countedRun({ load, batches }: ThresholdRun): CountedRun {
  return { ...sumOf(batches), logLoad: Math.log(load), batches };
}

function fitNear(
  runs: readonly CountedRun[],
  targetRatio: number,
  range: { readonly low: number; readonly high: number },
): Fitted {
  const logOddsAtTarget = Math.log((1 - targetRatio) / targetRatio);
  const profile = (logLoad: number) => bestSteepness(runs, { logLoad, logOddsAtTarget });
  const logLoad = smallestAt((at) => profile(at).deviance, range);
  const { steepness, deviance } = profile(logLoad);
  const designEffect = spreadOf(runs, { logLoad, steepness, logOddsAtTarget });
  const limit = deviance + doubted(designEffect, runs) * studentT975(Math.max(2, runs.length - 2)) ** 2;
  const isInside = (at: number): boolean => profile(at).deviance <= limit;
  return {
    logLoad,
    low: lastInside(logLoad, range.low, isInside),
    high: lastInside(logLoad, range.high, isInside),
    steepness,
    designEffect,
    runsCount: runs.length,
  };
}

function thresholdOf({ logLoad, low, high, steepness, designEffect }: Fitted): Threshold {
  return {
    load: Math.exp(logLoad),
    lowLoad: Math.exp(low),
    highLoad: Math.exp(high),
    steepness,
    designEffect,
  };
}

interface Line {
  readonly logLoad: number;
  readonly steepness: number;
  readonly logOddsAtTarget: number;
}

function failRatioAt(logLoad: number, line: Line): number {
  return 1 / (1 + Math.exp(-(line.logOddsAtTarget + line.steepness * (logLoad - line.logLoad))));
}

/** Twice the negative log-likelihood, and what is likely of the steepness. */
function devianceOf(runs: readonly CountedRun[], line: Line): number {
  const surprise = Math.log(line.steepness / STEEPNESS.likely) / STEEPNESS.spreadLog;
  return runs.reduce((sum, { logLoad, goodCount, totalCount }) => {
    const logOdds = line.logOddsAtTarget + line.steepness * (logLoad - line.logLoad);
    return sum + 2 * (goodCount * softplus(logOdds) + (totalCount - goodCount) * softplus(-logOdds));
  }, surprise ** 2);
}

function bestSteepness(
  runs: readonly CountedRun[],
  at: Omit<Line, 'steepness'>,
): { readonly steepness: number; readonly deviance: number } {
  const devianceAt = (log: number): number => devianceOf(runs, { ...at, steepness: Math.exp(log) });
  const range = { low: Math.log(STEEPNESS.least), high: Math.log(STEEPNESS.most) };
  const best = smallestAt(devianceAt, range);
  return { steepness: Math.exp(best), deviance: devianceAt(best) };
}

/**
 * How many times the variance of independent trials is seen: between the batches of each run, which are many, and between the runs and the line, which holds
 * what whole runs have of their own. The larger of the two; a run counts by its share of the information.
 */
function spreadOf(runs: readonly CountedRun[], line: Line): number {
  const between = chiSquare(runs, line) / Math.max(1, runs.length - 2);
  const batches = runs.flatMap(({ logLoad, batches: each, goodCount, totalCount }) => {
    const own = (totalCount - goodCount + 0.5) / (totalCount + 1);
    const expected = Math.max(own, failRatioAt(logLoad, line));
    return each.map(
      ({ goodCount: good, totalCount: total }) =>
        (total - good - own * total) ** 2 / (total * Math.max(expected * (1 - expected), SMALLEST_VARIANCE)),
    );
  });
  const withinRuns = batches.reduce((sum, each) => sum + each, 0) / Math.max(1, batches.length - runs.length);
  return Math.max(1, withinRuns, between);
}

/**
 * A search ends when its interval is narrow, and so rather where the spread came out too small by chance: it is taken for larger by two of its own standard
 * errors, those of a variance of so many batches.
 */
function doubted(designEffect: number, runs: readonly CountedRun[]): number {
  const freedomCount = runs.reduce((sum, { batches }) => sum + batches.length - 1, 0);
  return designEffect * (1 + STANDARD_ERRORS * Math.sqrt(2 / Math.max(2, freedomCount)));
}

const STANDARD_ERRORS = 2;

/** Of one trial that is as good as certain. */
const SMALLEST_VARIANCE = 1e-9;

function chiSquare(runs: readonly CountedRun[], line: Line): number {
  return runs.reduce((sum, { logLoad, goodCount, totalCount }) => {
    const fail = failRatioAt(logLoad, line);
    const variance = totalCount * Math.max(fail * (1 - fail), SMALLEST_VARIANCE);
    return sum + (totalCount - goodCount - fail * totalCount) ** 2 / variance;
  }, 0);
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const SECTIONS_COUNT = 22;

/** Where a function with one valley is smallest (golden sections). */
function smallestAt(
  f: (at: number) => number,
  { low, high }: { readonly low: number; readonly high: number },
): number {
  let from = low;
  let to = high;
  let left = to - GOLDEN * (to - from);
  let right = from + GOLDEN * (to - from);
  let atLeft = f(left);
  let atRight = f(right);
  for (let section = 0; section < SECTIONS_COUNT; section++) {
    if (atLeft <= atRight) {
      to = right;
      [right, atRight] = [left, atLeft];
      left = to - GOLDEN * (to - from);
      atLeft = f(left);
    } else {
      from = left;
      [left, atLeft] = [right, atRight];
      right = from + GOLDEN * (to - from);
      atRight = f(right);
    }
  }
  return (from + to) / 2;
}

const HALVINGS_COUNT = 14;

function lastInside(inner: number, outer: number, isInside: (at: number) => boolean): number {
  if (isInside(outer)) return outer;
  let inside = inner;
  let outside = outer;
  for (let halving = 0; halving < HALVINGS_COUNT; halving++) {
    const middle = (inside + outside) / 2;
    if (isInside(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}

/** ln(1 + e^x) without overflow. */
function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
