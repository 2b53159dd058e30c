import type { RecordedPrefill, RequestRow } from '@fluidscope/trace-schema';
import type { CurveData } from '../page-data/page-data.js';
import { packDeltas } from '../page-data/packed-numbers.js';

const MS = 1e6;
const STEP = 0.001;
const X_STEP = 0.01;
const WIDEST_APART_RATIO = 0.02;
const LINE_POINTS_COUNT = 60;
const MOST_DOTS_COUNT = 1_500;

interface ChartPoint {
  readonly x: number;
  readonly y: number;
}

/** The prefill profile that first-token deadlines came from, and this run's first tokens against it. */
export function prefillChart(scored: readonly RequestRow[], prefill: RecordedPrefill): CurveData {
  const ofRun = scored.flatMap((row) => {
    const promptTokens = row.usagePromptTokens ?? row.promptTokens;
    return promptTokens === undefined || row.ttftNs === undefined
      ? []
      : [{ x: promptTokens, y: row.ttftNs / MS }];
  });
  const line = (label: string, of: (predictedNs: number) => number): CurveData['series'][number] =>
    series(
      label,
      'line',
      lineOf(prefill, (predictedNs) => of(predictedNs) / MS),
    );
  return {
    id: 'prefill',
    title: 'Prefill curve, and time to first token of this run',
    kind: 'points',
    xLabel: 'prompt tokens',
    isLogX: true,
    yLabel: 'TTFT, ms',
    series: [
      series('this run', 'points', thinned(ofRun)),
      series(
        'measured alone',
        'points',
        thinned(prefill.points.map(([promptTokens, ttftNs]) => ({ x: promptTokens, y: ttftNs / MS }))),
      ),
      line('curve', (predictedNs) => predictedNs),
      line('95 % band, low', (predictedNs) => prefill.p025_ratio * predictedNs),
      line('95 % band, high', (predictedNs) => prefill.p975_ratio * predictedNs),
      line('deadline', (predictedNs) => predictedNs * (1 + prefill.slack_ratio) + prefill.slack_ns),
    ],
  };
}

/** Over the lengths that the curve speaks for, in equal ratios. */
function lineOf(
  { curve, from_tokens: fromTokens, to_tokens: toTokens }: RecordedPrefill,
  yOf: (predictedNs: number) => number,
): readonly ChartPoint[] {
  return Array.from({ length: LINE_POINTS_COUNT }, (_, at) => {
    const x = Math.round(fromTokens * (toTokens / fromTokens) ** (at / (LINE_POINTS_COUNT - 1)));
    return { x, y: yOf(curve.intercept_ns + x * (curve.per_token_ns + x * curve.per_token_squared_ns)) };
  });
}

/** Every so many-th, and the slowest whatever happens. */
function thinned(points: readonly ChartPoint[]): readonly ChartPoint[] {
  if (points.length <= MOST_DOTS_COUNT) return points;
  const every = Math.ceil((2 * points.length) / MOST_DOTS_COUNT);
  const slowest = points.toSorted((a, b) => b.y - a.y).slice(0, MOST_DOTS_COUNT / 2);
  return [...new Set([...points.filter((_, at) => at % every === 0), ...slowest])];
}

/** In order of length. The chart draws one point at each x of a series: those of equal length lie a hair apart, within 2 % of it. */
function apart(points: readonly ChartPoint[]): readonly ChartPoint[] {
  const byLength = new Map<number, ChartPoint[]>();
  for (const point of points) {
    const equal = byLength.get(point.x);
    if (equal === undefined) byLength.set(point.x, [point]);
    else equal.push(point);
  }
  return [...byLength.values()]
    .flatMap((equal) =>
      equal.map(({ x, y }, at) => ({ x: x * (1 + (WIDEST_APART_RATIO * at) / equal.length), y })),
    )
    .sort((a, b) => a.x - b.x);
}

function series(
  label: string,
  kind: 'line' | 'points',
  points: readonly ChartPoint[],
): CurveData['series'][number] {
  const sorted = kind === 'points' ? apart(points) : points;
  return {
    label,
    kind,
    x: packDeltas(sorted.map(({ x }) => Math.round(x / X_STEP))),
    xStep: X_STEP,
    y: packDeltas(sorted.map(({ y }) => Math.round(y / STEP))),
    yStep: STEP,
  };
}
