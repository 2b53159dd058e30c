// One whole search against the simulated engine, by this package and by plain bisection, and the truth that both look for.
import { defaultSteadyCount, judgePoint, nextStep } from '@fluidscope/capacity';
import { longRunRatios, measureVirtual, runVirtual, seedOf, serverOf } from './virtual-server.mjs';

/** @typedef {import('./virtual-server.mjs').VirtualTerm} VirtualTerm */

const START_RATE_PER_S = 4;

/**
 * @param {readonly VirtualTerm[]} terms @param {number} searchSeed
 * @param {{ precisionRatio?: number, mostRequestsCount?: number, startLoad?: number }} [options]
 */
export function searchVirtual(
  terms,
  searchSeed,
  { precisionRatio = 0.03, mostRequestsCount = 200_000, startLoad = undefined } = {},
) {
  const options = {
    terms,
    startLoad,
    lowestLoad: START_RATE_PER_S / 64,
    highestLoad: START_RATE_PER_S * 1024,
    isWhole: false,
    precisionRatio,
    steadyCount: defaultSteadyCount(terms, precisionRatio),
    mostRequestsCount,
    mostElapsedNs: Infinity,
  };
  /** @type {import('@fluidscope/capacity').MeasuredPoint[]} */
  const points = [];
  for (;;) {
    const step = nextStep(options, points);
    if (step.kind === 'answer') return { answer: step.answer, points, requestsCount: requestsOf(points) };
    points.push(judgePoint(step.point, measureVirtual(step.point, terms, searchSeed), terms));
  }
}

/** @param {readonly import('@fluidscope/capacity').MeasuredPoint[]} points */
function requestsOf(points) {
  return points.reduce((sum, { sentCount }) => sum + sentCount, 0);
}

const BISECTIONS_COUNT = 20;
const SMALLEST_STEP_RATIO = 0.025;

/**
 * Plain bisection as Etalon's capacity search does it: every rate judged once, by the share that a run of a fixed number of requests gave, warm-up and drain
 * in it; doubled while nothing fails, then halved until two neighbouring rates are within 2.5 %.
 *
 * @param {readonly VirtualTerm[]} terms @param {number} searchSeed @param {number} requestCount
 */
export function bisectVirtual(terms, searchSeed, requestCount) {
  let low = 0;
  let high = Infinity;
  let ratePerS = START_RATE_PER_S;
  let sentCount = 0;
  for (let bisection = 0; bisection < BISECTIONS_COUNT; bisection++) {
    const { requests } = runVirtual({
      server: serverOf(terms),
      ratePerS,
      seed: seedOf(searchSeed, 100 + bisection),
      requestCount,
    });
    sentCount += requests.length;
    const isMet = terms.every(
      ({ isGood, targetRatio }) => requests.filter(isGood).length >= targetRatio * requests.length,
    );
    if (isMet) low = ratePerS;
    else high = ratePerS;
    if (high - low <= SMALLEST_STEP_RATIO * low) break;
    ratePerS = high === Infinity ? 2 * low : (low + high) / 2;
  }
  return { ratePerS: low, requestsCount: sentCount };
}

const GRID = [0.96, 0.98, 1, 1.02, 1.04];

/**
 * The true capacity: the rate at which the long-run share of the first term to fail crosses its target. Long runs of seeds of their own at five rates within
 * 4 % of `about`, and the straight line of the log odds through them. Throws where the crossing is not among them.
 *
 * @param {readonly VirtualTerm[]} terms @param {number} about @param {number} requestCount of each run
 */
export function trueCapacity(terms, about, requestCount) {
  const ratios = GRID.map((factor, index) =>
    longRunRatios(about * factor, terms, requestCount, seedOf(-1, index)),
  );
  const crossings = terms.map(({ targetRatio }, term) => {
    const excesses = ratios.map(
      (ratio) => logOdds(Math.min(ratio[term] ?? 0, 1 - 0.5 / requestCount)) - logOdds(targetRatio),
    );
    return about * Math.exp(zeroOfLine(GRID.map(Math.log), excesses));
  });
  const truth = Math.min(...crossings);
  if (!(Math.abs(truth / about - 1) <= 0.04))
    throw new RangeError(`Expected the capacity within 4 % of ${about}, found ${truth}`);
  return truth;
}

/** Of failing. @param {number} goodRatio */
function logOdds(goodRatio) {
  return Math.log((1 - goodRatio) / goodRatio);
}

/** Where the least-squares line through these points is zero. @param {readonly number[]} xs @param {readonly number[]} ys */
function zeroOfLine(xs, ys) {
  const mean = (/** @type {readonly number[]} */ values) =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const slope =
    mean(xs.map((x, index) => (x - meanX) * ((ys[index] ?? 0) - meanY))) /
    mean(xs.map((x) => (x - meanX) ** 2));
  return meanX - meanY / slope;
}
