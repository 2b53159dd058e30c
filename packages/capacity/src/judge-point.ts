import { growsWithoutBound } from './backlog-growth.js';
import { batchSums, designEffectOf, sumOf } from './batch-sums.js';
import type {
  CapacityTerm,
  MeasuredPoint,
  PlannedPoint,
  PointOutcome,
  PointRequest,
  PointVerdict,
  TermMeasure,
} from './point-outcome.js';
import { judgeBurst } from './judge-burst.js';
import { POINT_ALPHA } from './point-alpha.js';
import { ratioInterval } from './ratio-interval.js';
import { steadyWindow } from './steady-window.js';

const LIFETIMES_A_BATCH = 4;
const FEWEST_BATCHES_COUNT = 3;
const MOST_BATCHES_COUNT = 20;

/** What a run says of its load: the terms' counts over its steady part, and whether the SLO was met, not met, or neither is certain. */
export function judgePoint(
  planned: PlannedPoint,
  outcome: PointOutcome,
  terms: readonly CapacityTerm[],
): MeasuredPoint {
  if (planned.purpose === 'burst') return judgeBurst(planned, outcome, terms);
  const { requests, sendingEndedNs, stoppedBy } = outcome;
  const window = steadyWindow(requests, sendingEndedNs);
  const steady = requests.filter(({ intendedNs }) => intendedNs >= window.fromNs && intendedNs < window.toNs);
  const batchCount = batchCountOf(window);
  const measures = terms.map((term, index) => measureTerm(steady, index, { term, batchCount }));
  const saturated = stoppedBy === 'saturation' || growsWithoutBound(requests, window);
  return {
    ...planned,
    verdict: verdictOf(steady, measures, { terms, saturated }),
    terms: measures,
    sentCount: requests.length,
    steadyCount: steady.length,
    lifetimeNs: window.lifetimeNs,
    elapsedNs: elapsedNs(requests, sendingEndedNs),
    stoppedBy,
  };
}

/** Met, so that no term is in doubt; not met as soon as one is certain not to be. */
export function verdictOfTerms(
  measures: readonly TermMeasure[],
  terms: readonly CapacityTerm[],
): PointVerdict {
  const targetOf = (index: number): number => terms[index]?.targetRatio ?? 0;
  if (measures.some(({ highRatio }, index) => highRatio < targetOf(index))) return 'not_met';
  return measures.every(({ lowRatio }, index) => lowRatio >= targetOf(index)) ? 'met' : 'straddles';
}

function verdictOf(
  steady: readonly PointRequest[],
  measures: readonly TermMeasure[],
  { terms, saturated }: { readonly terms: readonly CapacityTerm[]; readonly saturated: boolean },
): PointVerdict {
  if (saturated) return 'saturated';
  return steady.length === 0 ? 'nothing' : verdictOfTerms(measures, terms);
}

function measureTerm(
  steady: readonly PointRequest[],
  index: number,
  { term, batchCount }: { readonly term: CapacityTerm; readonly batchCount: number },
): TermMeasure {
  const batches = batchSums(steady, index, batchCount);
  const designEffect = designEffectOf(batches);
  const sum = sumOf(batches);
  const interval = ratioInterval(sum, { targetRatio: term.targetRatio, designEffect, alpha: POINT_ALPHA });
  return { ...sum, ...interval, batches, designEffect };
}

/** Batches long beside a request's life, since requests that were in flight together fared alike. */
function batchCountOf({ fromNs, toNs, lifetimeNs = 0 }: ReturnType<typeof steadyWindow>): number {
  const possible =
    lifetimeNs === 0 ? MOST_BATCHES_COUNT : Math.floor((toNs - fromNs) / (LIFETIMES_A_BATCH * lifetimeNs));
  return Math.max(FEWEST_BATCHES_COUNT, Math.min(MOST_BATCHES_COUNT, possible));
}

function elapsedNs(requests: readonly PointRequest[], sendingEndedNs: number): number {
  const lastNs = requests.reduce((latest, { endedNs = 0 }) => Math.max(latest, endedNs), sendingEndedNs);
  return lastNs - (requests[0]?.intendedNs ?? lastNs);
}
