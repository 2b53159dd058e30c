import { fitHuber, sandwichCovariance, type HuberFit, type QuadraticData } from './huber-fit.js';
import { judgeFit, type LackOfFit } from './lack-of-fit.js';
import { groupByLength, spreadRatios, type LengthGroup } from './length-groups.js';
import { COEFFICIENTS, predictedTtftNs, type Coefficient, type PrefillCurve } from './prefill-curve.js';
import type { PrefillPoint } from './prefill-point.js';
import { studentT975 } from './reference-distributions.js';
import { median, robustStddev, sortedQuantile } from './robust-scale.js';

/** What was fitted and how, for people. */
export const FIT_METHOD =
  'quadratic in the prompt length by Huber’s M-estimate (limit 1.345), weighted by the spread at each length, no coefficient below 0; 95 % intervals by the HC3 sandwich';

/** One length: what was measured and what the curve says. */
export interface LengthResidual {
  readonly lengthTokens: number;
  readonly promptTokens: number;
  readonly count: number;
  readonly medianNs: number;
  /** Standard deviation of the repeats, robustly. */
  readonly spreadNs: number;
  readonly predictedNs: number;
  /** Median over prediction, less 1. */
  readonly residualRatio: number;
}

/** A repeat far from the others of its length. It was given little weight, and stands in every figure of spread. */
export interface PrefillOutlier extends PrefillPoint {
  readonly predictedNs: number;
}

/** Quantiles of measured over predicted time, over all points, outliers too. */
export interface PrefillSpread {
  readonly p025Ratio: number;
  readonly p50Ratio: number;
  readonly p975Ratio: number;
  readonly p99Ratio: number;
  readonly maxRatio: number;
}

export interface PrefillFit {
  readonly curve: PrefillCurve;
  /** 95 %; `undefined` where there are too few points to tell. A coefficient held at 0 has 0 for its lower end and its upper end too. */
  readonly intervals: Readonly<Record<Coefficient, readonly [lowNs: number, highNs: number]>> | undefined;
  readonly heldAtZero: readonly Coefficient[];
  readonly shortestTokens: number;
  readonly longestTokens: number;
  readonly pointsCount: number;
  readonly byLength: readonly LengthResidual[];
  readonly spread: PrefillSpread;
  readonly outliers: readonly PrefillOutlier[];
  readonly lackOfFit: LackOfFit | undefined;
}

/** Three coefficients want three lengths. */
const LEAST_LENGTHS_COUNT = 3;
const OUTLIER_STDDEVS = 5;
/** Before anything is known of the noise. */
const FIRST_SPREAD_RATIO = 0.1;

/** Fits the curve; a problem, for people, where the points do not determine one. Never throws on finite points. */
export function fitPrefill(points: readonly PrefillPoint[]): PrefillFit | { readonly problem: string } {
  const groups = groupByLength(points);
  if (new Set(groups.map(({ promptTokens }) => promptTokens)).size < LEAST_LENGTHS_COUNT)
    return {
      problem: `expected points at ${LEAST_LENGTHS_COUNT} or more prompt lengths for a curve but received ${groups.length}`,
    };
  const ordered = groups.flatMap((group) => group.points);
  const longestTokens = Math.max(...ordered.map(({ promptTokens }) => promptTokens));
  const ratios = spreadRatios(groups, singleSpreadRatio(groups, longestTokens));
  const misfitRatio = misfitOf(groups, { ratios, longestTokens });
  const data = dataOf(groups, {
    longestTokens,
    ratios: ratios.map((ratio) => Math.hypot(ratio, misfitRatio)),
  });
  const fit = fitHuber(data);
  const curve = curveOf(fit.coefficients, longestTokens);
  const spread = spreadOf(ordered, curve);
  const byLength = groups.map((group, at) => residualOf(group, curve, ratios[at] ?? NaN));
  return {
    curve,
    intervals: intervalsOf(data, fit, longestTokens),
    heldAtZero: COEFFICIENTS.filter((_, column) => !fit.columns.includes(column)),
    shortestTokens: Math.min(...ordered.map(({ promptTokens }) => promptTokens)),
    longestTokens,
    pointsCount: ordered.length,
    byLength,
    spread,
    outliers: outliersOf(groups, curve, ratios),
    lackOfFit: judgeFit(byLength),
  };
}

/** Where no length was repeated, the distances from a first curve are all that is known of the noise. */
function singleSpreadRatio(groups: readonly LengthGroup[], longestTokens: number): number {
  return relativeMisfits(groups, {
    longestTokens,
    ratios: groups.map(() => FIRST_SPREAD_RATIO),
  }).stddevRatio;
}

/** How far the lengths' medians lie from a first curve beyond what their repeats explain, as a share of the time. */
function misfitOf(
  groups: readonly LengthGroup[],
  { ratios, longestTokens }: { readonly ratios: readonly number[]; readonly longestTokens: number },
): number {
  const { stddevRatio } = relativeMisfits(groups, { ratios, longestTokens });
  const byChance = median(groups.map(({ points }, at) => (ratios[at] ?? 0) / Math.sqrt(points.length)));
  return Math.sqrt(Math.max(0, stddevRatio ** 2 - (MEDIAN_ERROR * byChance) ** 2));
}

/** A median of normal values is so much less sure than their mean. */
const MEDIAN_ERROR = 1.2533;

function relativeMisfits(
  groups: readonly LengthGroup[],
  weighting: { readonly ratios: readonly number[]; readonly longestTokens: number },
): { readonly stddevRatio: number } {
  const curve = curveOf(fitHuber(dataOf(groups, weighting)).coefficients, weighting.longestTokens);
  const misfits = groups.map(
    ({ promptTokens, medianNs }) => medianNs / predictedTtftNs(curve, promptTokens) - 1,
  );
  return { stddevRatio: robustStddev(misfits.filter(Number.isFinite), 0) };
}

function dataOf(
  groups: readonly LengthGroup[],
  { ratios, longestTokens }: { readonly ratios: readonly number[]; readonly longestTokens: number },
): QuadraticData {
  const each = groups.flatMap(({ points, medianNs }, at) =>
    points.map((point) => ({ point, stddev: (ratios[at] ?? NaN) * medianNs })),
  );
  return {
    rows: each.map(({ point }) => {
      const x = point.promptTokens / longestTokens;
      return [1, x, x * x];
    }),
    values: each.map(({ point }) => point.ttftNs),
    stddevs: each.map(({ stddev }) => stddev),
  };
}

/** From a length in units of the longest to tokens. */
function curveOf(coefficients: readonly number[], longestTokens: number): PrefillCurve {
  const [intercept = NaN, linear = NaN, square = NaN] = coefficients;
  return {
    interceptNs: intercept,
    perTokenNs: linear / longestTokens,
    perTokenSquaredNs: square / longestTokens ** 2,
  };
}

function intervalsOf(data: QuadraticData, fit: HuberFit, longestTokens: number): PrefillFit['intervals'] {
  const degreesCount = data.values.length - fit.columns.length;
  const covariance = degreesCount < 1 ? undefined : sandwichCovariance(data, fit);
  if (covariance === undefined) return undefined;
  const reach = studentT975(degreesCount);
  const interval = (column: number): readonly [number, number] => {
    const at = fit.columns.indexOf(column);
    const value = fit.coefficients[column] ?? 0;
    const half = at === -1 ? 0 : reach * Math.sqrt(Math.max(0, covariance[at]?.[at] ?? NaN));
    const unit = longestTokens ** column;
    return [Math.max(0, value - half) / unit, (value + half) / unit];
  };
  return { interceptNs: interval(0), perTokenNs: interval(1), perTokenSquaredNs: interval(2) };
}

function residualOf(group: LengthGroup, curve: PrefillCurve, spreadRatio: number): LengthResidual {
  const { lengthTokens, promptTokens, points, medianNs } = group;
  const predictedNs = predictedTtftNs(curve, promptTokens);
  return {
    lengthTokens,
    promptTokens,
    count: points.length,
    medianNs,
    spreadNs: spreadRatio * medianNs,
    predictedNs,
    residualRatio: medianNs / predictedNs - 1,
  };
}

function spreadOf(points: readonly PrefillPoint[], curve: PrefillCurve): PrefillSpread {
  const ratios = points
    .map(({ promptTokens, ttftNs }) => ttftNs / predictedTtftNs(curve, promptTokens))
    .sort((a, b) => a - b);
  return {
    p025Ratio: sortedQuantile(ratios, 0.025),
    p50Ratio: sortedQuantile(ratios, 0.5),
    p975Ratio: sortedQuantile(ratios, 0.975),
    p99Ratio: sortedQuantile(ratios, 0.99),
    maxRatio: sortedQuantile(ratios, 1),
  };
}

/** Against the other repeats of its length: a length that the curve misses is a misfit, not an outlier. */
function outliersOf(
  groups: readonly LengthGroup[],
  curve: PrefillCurve,
  ratios: readonly number[],
): readonly PrefillOutlier[] {
  return groups.flatMap(({ points, medianNs }, at) =>
    points
      .filter(({ ttftNs }) => Math.abs(ttftNs - medianNs) > OUTLIER_STDDEVS * (ratios[at] ?? NaN) * medianNs)
      .map((point) => ({ ...point, predictedNs: predictedTtftNs(curve, point.promptTokens) })),
  );
}
