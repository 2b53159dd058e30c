// A simulated engine under a Poisson load in virtual time: what a search sees of a server, and the truth that no search sees.
import { tallyDeadlines, wholeWalk } from '@fluidscope/metrics';
import {
  createEngine,
  ENGINE_PROFILES,
  keyedDraw,
  resolveEngineConfig,
  seededRandom,
} from '@fluidscope/serving-sim';
import { PointWatch } from '@fluidscope/capacity';

/**
 * @typedef {import('@fluidscope/capacity').CapacityTerm} CapacityTerm
 * @typedef {import('@fluidscope/capacity').PlannedPoint} PlannedPoint
 * @typedef {import('@fluidscope/capacity').PointOutcome} PointOutcome
 * @typedef {{ promptTokens: number, outputTokens: number, intendedNs: number, arrivalsNs: number[] }} VirtualRequest
 * @typedef {CapacityTerm & { isGood: (request: VirtualRequest) => boolean }} VirtualTerm
 */

const DEADLINES = { ttftDeadlineNs: 400_000_000, tbtDeadlineNs: 25_000_000 };

/** 1 - missed / total of the deadline walk. @param {VirtualRequest} request */
function fluidityIndex({ intendedNs, arrivalsNs }) {
  const timings = {
    startNs: /** @type {any} */ (intendedNs),
    arrivalsNs,
    tokenCounts: arrivalsNs.map(() => 1),
  };
  const tally = tallyDeadlines(timings, {
    start: wholeWalk(timings, /** @type {any} */ (DEADLINES)),
    tbtDeadlineNs: DEADLINES.tbtDeadlineNs,
    walkedTokens: arrivalsNs.length,
  });
  return 1 - tally.missedDeadlinesCount / tally.totalDeadlinesCount;
}

/** @param {VirtualRequest} request */
const ttftNs = ({ intendedNs, arrivalsNs }) => (arrivalsNs[0] ?? Infinity) - intendedNs;

/** The SLOs of the proof: one that batch growth breaks, one that queueing breaks, and two terms at once with rarer failures. @type {Record<string, VirtualTerm[]>} */
export const SLOS = {
  fluidity: [
    { name: 'fluidity>=0.9@95%', targetRatio: 0.95, isGood: (request) => fluidityIndex(request) >= 0.9 },
  ],
  ttft: [{ name: 'p95_ttft<=0.25s', targetRatio: 0.95, isGood: (request) => ttftNs(request) <= 250e6 }],
  both: [
    { name: 'fluidity>=0.9@99%', targetRatio: 0.99, isGood: (request) => fluidityIndex(request) >= 0.9 },
    { name: 'p99_ttft<=0.18s', targetRatio: 0.99, isGood: (request) => ttftNs(request) <= 180e6 },
  ],
};

const PROFILE = ENGINE_PROFILES['a100-llama3-8b'];
const CONFIG = resolveEngineConfig(PROFILE, {
  maxSequenceCount: 48,
  maxBatchedTokens: 512,
  prefixCaching: false,
});

/**
 * Requests of a seed, in order of arrival: gaps and lengths are drawn by the seed and the request alone, so that a seed at another rate is the same plan,
 * scaled in time.
 *
 * @param {number} ratePerS @param {number} seed @returns {Generator<VirtualRequest, never>}
 */
function* requestsOf(ratePerS, seed) {
  let atNs = 0;
  for (let index = 0; ; index++) {
    atNs += (-Math.log(1 - keyedDraw(seed, 1, index)) * 1e9) / ratePerS;
    yield {
      promptTokens: 64 + Math.floor(keyedDraw(seed, 2, index) * 448),
      outputTokens: 8 + Math.floor(keyedDraw(seed, 3, index) * 56),
      intendedNs: Math.round(atNs),
      arrivalsNs: [],
    };
  }
}

/**
 * One run. `onEnded` is told of each request as it ends and ends the run by returning true.
 *
 * @param {{ ratePerS: number, seed: number, requestCount: number, onSent?: (request: VirtualRequest) => void,
 *   onEnded?: (request: VirtualRequest, atNs: number) => boolean }} run
 */
export function runVirtual({ ratePerS, seed, requestCount, onSent, onEnded }) {
  /** @type {import('@fluidscope/serving-sim').ServingEngine<VirtualRequest>} */
  const engine = createEngine(PROFILE, CONFIG, seededRandom(seed));
  const source = requestsOf(ratePerS, seed);
  /** @type {VirtualRequest[]} */
  const requests = [];
  let next = source.next().value;
  for (;;) {
    const engineNs = engine.nextEventNs() ?? Infinity;
    if (requests.length < requestCount && next.intendedNs <= engineNs) {
      engine.submit(next, /** @type {any} */ (next.intendedNs));
      requests.push(next);
      onSent?.(next);
      next = source.next().value;
      continue;
    }
    const event = engine.step();
    if (event === undefined)
      return { requests, sendingEndedNs: requests.at(-1)?.intendedNs ?? 0, isStopped: false };
    if (event.kind !== 'ended') continue;
    const { endNs, emissions } = event.iteration;
    for (const { request, isLast } of emissions) {
      request.arrivalsNs.push(endNs);
      if (isLast && onEnded?.(request, endNs) === true)
        return { requests, sendingEndedNs: endNs, isStopped: true };
    }
  }
}

/** @param {VirtualRequest} request @param {readonly VirtualTerm[]} terms */
function pointRequest(request, terms) {
  const isWhole = request.arrivalsNs.length === request.outputTokens;
  return {
    intendedNs: request.intendedNs,
    endedNs: isWhole ? request.arrivalsNs.at(-1) : undefined,
    counts: terms.map((term) => ({ goodCount: isWhole && term.isGood(request) ? 1 : 0, totalCount: 1 })),
  };
}

/**
 * A run as the search asks for it, stopped as a real one is. A stopped run's unfinished requests are left out, as a real run drains them.
 *
 * @param {PlannedPoint} planned @param {readonly VirtualTerm[]} terms @param {number} searchSeed @returns {PointOutcome}
 */
export function measureVirtual(planned, terms, searchSeed) {
  const watch = new PointWatch(planned, terms, true);
  const { requests, sendingEndedNs } = runVirtual({
    ratePerS: planned.load,
    seed: seedOf(searchSeed, planned.seedIndex),
    requestCount: planned.requestCount,
    onSent: ({ intendedNs }) => watch.sent(intendedNs),
    onEnded: (request, atNs) => {
      watch.ended(pointRequest(request, terms), atNs);
      return watch.stop !== undefined;
    },
  });
  const given = requests.map((request) => pointRequest(request, terms));
  return {
    requests: watch.stop === undefined ? given : given.filter(({ endedNs }) => endedNs !== undefined),
    sendingEndedNs,
    stoppedBy: watch.stop,
  };
}

/** @param {number} searchSeed @param {number} seedIndex */
export function seedOf(searchSeed, seedIndex) {
  return Math.floor(keyedDraw(searchSeed, 7, seedIndex) * 2 ** 31);
}

const SETTLING_COUNT = 2_000;

/** The long-run share of good requests of each term at a rate. @param {number} ratePerS @param {readonly VirtualTerm[]} terms @param {number} requestCount @param {number} seed */
export function longRunRatios(ratePerS, terms, requestCount, seed) {
  const goodCounts = terms.map(() => 0);
  let countedCount = 0;
  const { requests } = runVirtual({ ratePerS, seed, requestCount: requestCount + SETTLING_COUNT });
  for (const request of requests.slice(SETTLING_COUNT)) {
    countedCount += 1;
    terms.forEach(
      (term, index) => (goodCounts[index] = (goodCounts[index] ?? 0) + (term.isGood(request) ? 1 : 0)),
    );
  }
  return goodCounts.map((goodCount) => goodCount / countedCount);
}
