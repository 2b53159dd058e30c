import { bracketOf, leansToMet, type Bracket } from './bracket.js';
import { mostSustained, nextBurstCount } from './bursts.js';
import { estimateCapacity, type CapacityEstimate } from './estimate-capacity.js';
import type { MeasuredPoint, PlannedPoint } from './point-outcome.js';
import { roughness, type SearchOptions } from './search-options.js';
import { requestsToSend } from './steady-window.js';

export type CapacityAnswer =
  | (CapacityEstimate & { readonly kind: 'found'; readonly endedBy: SearchEnd })
  /** At the lowest load that was tried; a lower one was out of the range or of the budget. */
  | { readonly kind: 'not_met_at_lowest'; readonly load: number }
  | { readonly kind: 'met_at_highest'; readonly load: number; readonly endedBy: SearchEnd | 'highest_load' }
  | { readonly kind: 'nothing_measured' };

export type SearchEnd = 'precision' | 'max_requests' | 'max_duration' | 'max_points';

export type SearchStep =
  | { readonly kind: 'measure'; readonly point: PlannedPoint }
  | { readonly kind: 'answer'; readonly answer: CapacityAnswer };

/** The bracket is narrow enough to fit a line in. */
const NARROW_RATIO = 1.3;
/** Fewer where the search may be rough. */
const FEWEST_REFINEMENTS_COUNT = { rough: 4, fine: 9 } as const;
const MOST_POINTS_COUNT = 100;
const BRACKET_SHARE = 4;
const MOST_BRACKET_COUNT = 100;
/**
 * Requests that live at the same time fare alike: a run must be long beside a life to say more than how one moment was. A fine search's runs are
 * longer than a rough one's.
 */
const LIFETIMES_A_RUN = { bracket: 5, refine: { least: 15, fine: 20 } } as const;
const MOST_QUEUE_SHARE = 0.97;
const QUEUE_SETTLINGS = 0.5;
const TOP_SHARE_OF_PRECISION = 0.8;
/** Where the next run is laid beside the estimate, in turn: evidence at the limit, and on both sides of it for the slope. */
const OFFSETS = [0, 1, -1] as const;
const OFFSET_RATIO = 0.08;

/**
 * What to do after these points: the next run, or the answer. A function of what was measured and of nothing else, so that a search goes on after a kill
 * from its kept points as if it had not been killed.
 *
 * 1. Bursts, each of four times as many requests at once, until the engine ends no more a second: about where to look.
 * 2. From there, or doubling (halving) from `startLoad`, until the SLO turns; then halving the bracket in the logarithm: runs of one seed, one plan
 *    scaled in time.
 * 3. Runs of fresh seeds at and around the estimate, until its interval is as narrow as asked or the budget is spent. These alone are evidence.
 */
export function nextStep(options: SearchOptions, points: readonly MeasuredPoint[]): SearchStep {
  if (points.length > 0 && points.every(({ verdict }) => verdict === 'nothing'))
    return { kind: 'answer', answer: { kind: 'nothing_measured' } };
  const burst = burstNext(options, points);
  if (burst !== undefined && spent(options, points, burst) === undefined)
    return { kind: 'measure', point: burst };
  const bracket = bracketOf(points, options);
  if (bracket.kind === 'below_lowest')
    return { kind: 'answer', answer: { kind: 'not_met_at_lowest', load: options.lowestLoad } };
  if (bracket.kind === 'above_highest')
    return {
      kind: 'answer',
      answer: { kind: 'met_at_highest', load: options.highestLoad, endedBy: 'highest_load' },
    };
  const point = plannedNext(options, points, bracket);
  if (point === 'precise') return answer(options, points, 'precision');
  const end = spent(options, points, point);
  return end === undefined ? { kind: 'measure', point } : answer(options, points, end);
}

/** Until the engine is seen full; none where the search is told where to begin, or once it has begun. */
function burstNext(
  { startLoad, isWhole }: SearchOptions,
  points: readonly MeasuredPoint[],
): PlannedPoint | undefined {
  if (startLoad !== undefined || isWhole || points.some(({ purpose }) => purpose !== 'burst'))
    return undefined;
  const requestCount = nextBurstCount(points);
  return requestCount === undefined
    ? undefined
    : { load: requestCount, seedIndex: 0, requestCount, purpose: 'burst' };
}

function plannedNext(
  options: SearchOptions,
  points: readonly MeasuredPoint[],
  bracket: Exclude<Bracket, { kind: 'below_lowest' | 'above_highest' }>,
): PlannedPoint | 'precise' {
  if (bracket.kind === 'open') return bracketing(options, points, bracket.nextLoad);
  const { lowLoad, highLoad } = bracket;
  if (options.isWhole && highLoad - lowLoad <= 1) return 'precise';
  const refined = points.filter(({ purpose }) => purpose === 'refine');
  if (refined.length === 0 && highLoad > NARROW_RATIO * lowLoad) {
    const middle = rounded(options, Math.sqrt(lowLoad * highLoad));
    if (middle > lowLoad && middle < highLoad) return bracketing(options, points, middle);
  }
  const estimate = estimateCapacity(options, points);
  if (refined.length >= fewestRefinements(options) && isPrecise(options, estimate)) return 'precise';
  const offset = OFFSETS[refined.length % OFFSETS.length] ?? 0;
  const load = rounded(
    options,
    estimate.load * (1 + offset * Math.max(OFFSET_RATIO, options.isWhole ? 1 / estimate.load : 0)),
  );
  const highestLoad = Math.min(options.highestLoad, topLoad(options, points));
  return refining(options, points, Math.min(highestLoad, Math.max(options.lowestLoad, load)));
}

function fewestRefinements({ precisionRatio }: SearchOptions): number {
  return roughness(precisionRatio) < 1 ? FEWEST_REFINEMENTS_COUNT.rough : FEWEST_REFINEMENTS_COUNT.fine;
}

/**
 * So near to what the full engine sustains that the interval may end there. Nearer still a queue takes longer to build than a run takes: the run
 * would look as if its load were met.
 */
function topLoad({ precisionRatio }: SearchOptions, points: readonly MeasuredPoint[]): number {
  return (mostSustained(points)?.load ?? Infinity) * (1 - TOP_SHARE_OF_PRECISION * precisionRatio);
}

function isPrecise(
  { precisionRatio, isWhole }: SearchOptions,
  { load, lowLoad, highLoad }: CapacityEstimate,
): boolean {
  const half = Math.max(highLoad - load, load - lowLoad);
  return half <= precisionRatio * load || (isWhole && half < 1);
}

function bracketing(options: SearchOptions, points: readonly MeasuredPoint[], load: number): PlannedPoint {
  const planned = { load, seedIndex: 0, purpose: 'bracket' } as const;
  return { ...planned, requestCount: toSend(options, points, planned) };
}

function refining(options: SearchOptions, points: readonly MeasuredPoint[], load: number): PlannedPoint {
  const seedIndex = 1 + points.filter(({ purpose }) => purpose === 'refine').length;
  const planned = { load, seedIndex, purpose: 'refine' } as const;
  return { ...planned, requestCount: toSend(options, points, planned) };
}

function toSend(
  options: SearchOptions,
  points: readonly MeasuredPoint[],
  { load, purpose }: Pick<PlannedPoint, 'load' | 'purpose'>,
): number {
  const { isWhole, steadyCount } = options;
  const isBracket = purpose === 'bracket';
  const askedCount = isBracket
    ? Math.min(MOST_BRACKET_COUNT, Math.ceil(steadyCount / BRACKET_SHARE))
    : steadyCount;
  const lifetimeNs = lifetimeNear(points, load);
  if (lifetimeNs === undefined) return 2 * askedCount;
  const perLifetimeCount = isWhole ? load : (load * lifetimeNs) / 1e9;
  const lifetimes = isBracket ? LIFETIMES_A_RUN.bracket : refiningLifetimes(options);
  return requestsToSend(
    Math.max(askedCount, lifetimes * perLifetimeCount, isBracket ? 0 : queueCount(points, load)),
    perLifetimeCount,
  );
}

/** Requests in which a queue comes to rest at this load: about 1 / (1 - √ρ)² services, ρ the share of what the full engine sustains (Whitt 1989). */
function queueCount(points: readonly MeasuredPoint[], load: number): number {
  const fullLoad = mostSustained(points)?.load;
  if (fullLoad === undefined) return 0;
  const share = Math.min(load / fullLoad, MOST_QUEUE_SHARE);
  return QUEUE_SETTLINGS / (1 - Math.sqrt(share)) ** 2;
}

/** By how long requests lived at the nearest load at which they did not fail: where they queue, they live as long as the run lets them. */
function lifetimeNear(points: readonly MeasuredPoint[], load: number): number | undefined {
  const distance = (point: MeasuredPoint): number => Math.abs(Math.log(point.load / load));
  const [nearest] = points
    .filter(({ purpose, verdict }) => purpose !== 'burst' && (verdict === 'met' || verdict === 'straddles'))
    .toSorted((a, b) => distance(a) - distance(b));
  const [smallestBurst] = points.filter(({ purpose }) => purpose === 'burst');
  return (nearest ?? smallestBurst)?.lifetimeNs;
}

function refiningLifetimes({ precisionRatio }: SearchOptions): number {
  const { least, fine } = LIFETIMES_A_RUN.refine;
  return Math.max(least, fine * roughness(precisionRatio));
}

function rounded({ isWhole }: SearchOptions, load: number): number {
  return isWhole ? Math.max(1, Math.round(load)) : Number(load.toPrecision(6));
}

function spent(
  { mostRequestsCount, mostElapsedNs, isWhole }: SearchOptions,
  points: readonly MeasuredPoint[],
  next: PlannedPoint,
): Exclude<SearchEnd, 'precision'> | undefined {
  const sentCount = points.reduce((sum, point) => sum + point.sentCount, 0);
  const elapsedNs = points.reduce((sum, point) => sum + point.elapsedNs, 0);
  const takesNs = isWhole ? 0 : (next.requestCount / next.load) * 1e9;
  if (sentCount + next.requestCount > mostRequestsCount) return 'max_requests';
  if (elapsedNs + takesNs > mostElapsedNs) return 'max_duration';
  return points.length >= MOST_POINTS_COUNT ? 'max_points' : undefined;
}

function answer(options: SearchOptions, points: readonly MeasuredPoint[], endedBy: SearchEnd): SearchStep {
  const bracket = bracketOf(points, options);
  if (bracket.kind === 'closed')
    return { kind: 'answer', answer: { kind: 'found', endedBy, ...estimateCapacity(options, points) } };
  const loaded = points.filter(({ purpose }) => purpose !== 'burst');
  const met = loaded.filter((point) => leansToMet(point, options));
  if (met.length === 0) {
    const load = Math.min(...loaded.map((point) => point.load));
    return {
      kind: 'answer',
      answer: loaded.length === 0 ? { kind: 'nothing_measured' } : { kind: 'not_met_at_lowest', load },
    };
  }
  const load = Math.max(...met.map((point) => point.load));
  return { kind: 'answer', answer: { kind: 'met_at_highest', load, endedBy } };
}
