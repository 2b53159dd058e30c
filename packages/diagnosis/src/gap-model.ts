import type { BatchTimeline } from './batch-timeline.js';
import { quantileRegression, type RegressionSample } from './quantile-regression.js';
import { countUpTo } from './sorted-search.js';
import type { TokenStream } from './token-stream.js';

/** What a gap should be, given what the engine had in hand when it ended. */
export interface GapModel {
  medianNsAt(timeNs: number): number;
  /** What a gap may be above its median and still be no stall. */
  readonly toleranceNs: number;
}

/** A slowdown may fill a good half of a run and still stand out against the faster rest. */
const QUANTILE_RATIO = 0.25;
/** Of a normal distribution: how many standard deviations below the mean its 25 % and 5 % quantiles lie. */
const QUARTER_Z = 0.674;
const TWENTIETH_Z = 1.645;
/** Median + 3 MAD, in standard deviations above the mean. */
const LIMIT_Z = 3 * 0.6745;
const FEWEST_GAPS_COUNT = 64;
const MOST_SAMPLES_COUNT = 4_000;
/** Chunks that came with the one before were sent with it: no step of the engine lies between. */
const BURST_RATIO = 0.2;
/** A clockwork engine has no spread; what a scheduler or a clock adds is no stall. */
const SMALLEST_TOLERANCE_NS = 1_000_000;

/**
 * Fits the usual gap to the number of decoding streams and their context: a low quantile, so that the slow part of a run is judged by the rest of it. Joining prompts are
 * left out on purpose: what they add is somebody's fault. `undefined` for fewer than 64 gaps, and for streams that do not share their steps, which no one
 * engine explains.
 */
export function fitGapModel(streams: readonly TokenStream[], batch: BatchTimeline): GapModel | undefined {
  const gaps = sampledGaps(streams);
  if (gaps.length < FEWEST_GAPS_COUNT || !areInStep(streams, gaps)) return undefined;
  const predictorsAt = (timeNs: number): [number, number] => [
    batch.decodingCountAt(timeNs - 1),
    batch.contextTokensAt(timeNs),
  ];
  const samples = gaps.map(({ endNs, gapNs }) => ({ response: gapNs, predictors: predictorsAt(endNs) }));
  const fittedAt = fitLine(samples);
  const residuals = samples
    .map(({ response, predictors }) => response - fittedAt(predictors))
    .sort((a, b) => a - b);
  const spreadNs = -(residuals[Math.floor(0.05 * residuals.length)] ?? 0) / (TWENTIETH_Z - QUARTER_Z);
  const toleranceNs = Math.max(LIMIT_Z * spreadNs, SMALLEST_TOLERANCE_NS);
  return {
    medianNsAt: (timeNs) => Math.max(0, Math.round(fittedAt(predictorsAt(timeNs)) + QUARTER_Z * spreadNs)),
    toleranceNs,
  };
}

type FittedLine = (predictors: readonly [number, number]) => number;

/**
 * Attention reads a token's keys and values in some 5 to 10 millionths of a step (0.049 us of 5.75 ms on an H100, 0.080 of 16.4 on an A100). Where context and a slowdown grew
 * together by far more than that, it was not the context.
 */
const MOST_PER_TOKEN_RATIO = 1e-4;

/**
 * A decoding stream's linear layers and context cost some 0.1 to 0.5 % of a step. Where it seems to cost more while a batch of one size takes now this long and now that,
 * something came and went with the load; an engine that is just slow with many streams takes as long with as many whenever there are.
 */
const MOST_PER_STREAM_RATIO = 0.01;
const USUAL_PER_STREAM_RATIO = 0.003;
const MOST_SPREAD_RATIO = 0.15;
const FEWEST_OF_SIZE_COUNT = 8;
const MOST_UNEVEN_RATIO = 0.2;

function fitLine(samples: readonly RegressionSample[]): FittedLine {
  const [baseNs = 0, perStreamNs = 0, perTokenNs = 0] = quantileRegression(samples, QUANTILE_RATIO) ?? [];
  const byBoth: FittedLine = ([streamsCount, contextTokens]) =>
    baseNs + perStreamNs * streamsCount + perTokenNs * contextTokens;
  if (perTokenNs <= MOST_PER_TOKEN_RATIO * Math.max(0, baseNs))
    return isBelievable(samples, perStreamNs / baseNs) ? byBoth : extrapolated(samples);
  const byStreams = samples.map(({ response, predictors }) => ({
    response,
    predictors: predictors.slice(0, 1),
  }));
  const [aloneNs = 0, eachNs = 0] = quantileRegression(byStreams, QUANTILE_RATIO) ?? [];
  const byCount: FittedLine = ([streamsCount]) => aloneNs + eachNs * streamsCount;
  return isBelievable(samples, eachNs / aloneNs) ? byCount : extrapolated(samples);
}

function isBelievable(samples: readonly RegressionSample[], perStreamRatio: number): boolean {
  return (perStreamRatio >= 0 && perStreamRatio <= MOST_PER_STREAM_RATIO) || isEven(samples);
}

/** Whether batches of one size mostly take about as long: the fastest tenth as the middle, and the middle as the slowest quarter. */
function isEven(samples: readonly RegressionSample[]): boolean {
  const byCount = new Map<number, number[]>();
  for (const { response, predictors } of samples) {
    const ofCount = byCount.get(predictors[0] ?? 0);
    if (ofCount === undefined) byCount.set(predictors[0] ?? 0, [response]);
    else ofCount.push(response);
  }
  let [uneven, all] = [0, 0];
  for (const gapsNs of byCount.values()) {
    if (gapsNs.length < FEWEST_OF_SIZE_COUNT) continue;
    gapsNs.sort((x, y) => x - y);
    const [low = 0, middle = 1, high = 0] = [0.1, 0.5, 0.75].map(
      (q) => gapsNs[Math.floor(q * gapsNs.length)],
    );
    all += gapsNs.length;
    if (high - low > MOST_SPREAD_RATIO * middle) uneven += gapsNs.length;
  }
  return uneven <= MOST_UNEVEN_RATIO * all;
}

/** From the smaller batches of the run, with what a stream usually costs. */
function extrapolated(samples: readonly RegressionSample[]): FittedLine {
  const byCount = samples.toSorted((a, b) => (a.predictors[0] ?? 0) - (b.predictors[0] ?? 0));
  const smaller = byCount.slice(0, Math.ceil(byCount.length / 3));
  const count = smaller[smaller.length >> 1]?.predictors[0] ?? 0;
  const gapsNs = smaller.map(({ response }) => response).sort((a, b) => a - b);
  const gapNs = gapsNs[Math.floor(QUANTILE_RATIO * gapsNs.length)] ?? 0;
  return ([streamsCount]) => gapNs * (1 + USUAL_PER_STREAM_RATIO * (streamsCount - count));
}

interface Gap {
  readonly stream: TokenStream;
  readonly endNs: number;
  readonly gapNs: number;
}

/** At most so many, spread evenly over streams and time, bursts left out. */
function sampledGaps(streams: readonly TokenStream[]): readonly Gap[] {
  const total = streams.reduce((sum, { timings }) => sum + Math.max(0, timings.arrivalsNs.length - 1), 0);
  const every = Math.max(1, Math.floor(total / MOST_SAMPLES_COUNT));
  const gaps: Gap[] = [];
  let seen = 0;
  for (const stream of streams) {
    const { arrivalsNs } = stream.timings;
    for (let index = 1; index < arrivalsNs.length; index += 1, seen += 1) {
      if (seen % every !== 0) continue;
      const endNs = arrivalsNs[index] ?? NaN;
      gaps.push({ stream, endNs, gapNs: endNs - (arrivalsNs[index - 1] ?? NaN) });
    }
  }
  const meanNs = gaps.reduce((sum, { gapNs }) => sum + gapNs, 0) / gaps.length;
  return gaps.filter(({ gapNs }) => gapNs >= BURST_RATIO * meanNs);
}

const COMPARED_COUNT = 200;
const IN_STEP_RATIO = 0.5;

/** Whether streams that decode at the same time have about the same gaps, as those of one engine do. */
function areInStep(streams: readonly TokenStream[], gaps: readonly Gap[]): boolean {
  const every = Math.max(1, Math.floor(gaps.length / COMPARED_COUNT));
  let [alike, compared] = [0, 0];
  for (let at = 0; at < gaps.length; at += every) {
    const gap = gaps[at];
    const other =
      gap === undefined
        ? undefined
        : streams[(streams.indexOf(gap.stream) + 1 + (at % streams.length)) % streams.length];
    if (gap === undefined || other === undefined || other === gap.stream) continue;
    const otherNs = gapAround(other, gap.endNs - gap.gapNs / 2);
    if (otherNs === undefined) continue;
    compared += 1;
    if (Math.abs(otherNs - gap.gapNs) <= IN_STEP_RATIO * gap.gapNs) alike += 1;
  }
  return compared === 0 || alike >= compared / 2;
}

function gapAround({ timings: { arrivalsNs } }: TokenStream, timeNs: number): number | undefined {
  const next = countUpTo(arrivalsNs, timeNs);
  const [before, after] = [arrivalsNs[next - 1], arrivalsNs[next]];
  return before === undefined || after === undefined ? undefined : after - before;
}
