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
 * @typedef {{ config: ReturnType<typeof resolveEngineConfig>, promptTokens: readonly [number, number], outputTokens: readonly [number, number] }} VirtualServer
 * @typedef {CapacityTerm & { isGood: (request: VirtualRequest) => boolean, server: VirtualServer }} VirtualTerm
 */

const PROFILE = ENGINE_PROFILES['a100-llama3-8b'];

/** Lengths are uniform, from and to. @type {Record<'large' | 'small', VirtualServer>} */
const SERVERS = {
  large: {
    config: resolveEngineConfig(PROFILE, {
      maxSequenceCount: 48,
      maxBatchedTokens: 512,
      prefixCaching: false,
    }),
    promptTokens: [64, 511],
    outputTokens: [8, 63],
  },
  // That of the example in docs/capacity.md.
  small: {
    config: resolveEngineConfig(PROFILE, { maxSequenceCount: 8, prefixCaching: false }),
    promptTokens: [64, 64],
    outputTokens: [16, 16],
  },
};

const DEADLINES = {
  large: { ttftDeadlineNs: 400_000_000, tbtDeadlineNs: 25_000_000 },
  small: { ttftDeadlineNs: 1_000_000_000, tbtDeadlineNs: 50_000_000 },
};

/** 1 - missed / total of the deadline walk. @param {VirtualRequest} request @param {keyof typeof DEADLINES} server */
function fluidityIndex({ intendedNs, arrivalsNs }, server) {
  const deadlines = DEADLINES[server];
  const timings = {
    startNs: /** @type {any} */ (intendedNs),
    arrivalsNs,
    tokenCounts: arrivalsNs.map(() => 1),
  };
  const tally = tallyDeadlines(timings, {
    start: wholeWalk(timings, /** @type {any} */ (deadlines)),
    tbtDeadlineNs: deadlines.tbtDeadlineNs,
    walkedTokens: arrivalsNs.length,
  });
  return 1 - tally.missedDeadlinesCount / tally.totalDeadlinesCount;
}

/** @param {VirtualRequest} request */
const ttftNs = ({ intendedNs, arrivalsNs }) => (arrivalsNs[0] ?? Infinity) - intendedNs;

/** @param {number} targetRatio @param {keyof typeof SERVERS} server @returns {VirtualTerm} */
const fluid = (targetRatio, server) => ({
  name: `fluidity>=0.9@${100 * targetRatio}%`,
  targetRatio,
  isGood: (request) => fluidityIndex(request, server) >= 0.9,
  server: SERVERS[server],
});

/** @param {number} targetRatio @param {number} limitNs @returns {VirtualTerm} */
const prompt = (targetRatio, limitNs) => ({
  name: `p${100 * targetRatio}_ttft<=${limitNs / 1e9}s`,
  targetRatio,
  isGood: (request) => ttftNs(request) <= limitNs,
  server: SERVERS.large,
});

/**
 * The SLOs of the proof: one that batch growth breaks, one that queueing breaks, two terms at once with rarer failures, and a small engine that holds until it
 * is all but full.
 *
 * @type {Record<string, VirtualTerm[]>}
 */
export const SLOS = {
  fluidity: [fluid(0.95, 'large')],
  ttft: [prompt(0.95, 250e6)],
  both: [fluid(0.99, 'large'), prompt(0.99, 180e6)],
  small: [fluid(0.99, 'small')],
};

/** @param {readonly VirtualTerm[]} terms */
export function serverOf(terms) {
  return terms[0]?.server ?? SERVERS.large;
}

/**
 * Requests of a seed, in order of arrival: gaps and lengths are drawn by the seed and the request alone, so that a seed at another rate is the same plan,
 * scaled in time.
 *
 * @param {{ ratePerS: number, seed: number, server: VirtualServer }} run @returns {Generator<VirtualRequest, never>}
 */
function* requestsOf({ ratePerS, seed, server }) {
  /** @param {readonly [number, number]} range @param {number} draw */
  const within = ([least, most], draw) => least + Math.floor(draw * (most - least + 1));
  let atNs = 0;
  for (let index = 0; ; index++) {
    atNs += (-Math.log(1 - keyedDraw(seed, 1, index)) * 1e9) / ratePerS;
    yield {
      promptTokens: within(server.promptTokens, keyedDraw(seed, 2, index)),
      outputTokens: within(server.outputTokens, keyedDraw(seed, 3, index)),
      intendedNs: Math.round(atNs),
      arrivalsNs: [],
    };
  }
}

/**
 * One run. `onEnded` is told of each request as it ends and ends the run by returning true.
 *
 * @param {{ server: VirtualServer, ratePerS: number, seed: number, requestCount: number, onSent?: (request: VirtualRequest) => void,
 *   onEnded?: (request: VirtualRequest, atNs: number) => boolean }} run
 */
export function runVirtual({ server, ratePerS, seed, requestCount, onSent, onEnded }) {
  /** @type {import('@fluidscope/serving-sim').ServingEngine<VirtualRequest>} */
  const engine = createEngine(PROFILE, server.config, seededRandom(seed));
  const source = requestsOf({ ratePerS, seed, server });
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
    server: serverOf(terms),
    ratePerS: planned.purpose === 'burst' ? Infinity : planned.load,
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
  const { requests } = runVirtual({
    server: serverOf(terms),
    ratePerS,
    seed,
    requestCount: requestCount + SETTLING_COUNT,
  });
  for (const request of requests.slice(SETTLING_COUNT)) {
    countedCount += 1;
    terms.forEach(
      (term, index) => (goodCounts[index] = (goodCounts[index] ?? 0) + (term.isGood(request) ? 1 : 0)),
    );
  }
  return goodCounts.map((goodCount) => goodCount / countedCount);
}
