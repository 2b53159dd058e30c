import { sumOf } from './batch-sums.js';
import type {
  BurstAnswered,
  CapacityTerm,
  MeasuredPoint,
  PlannedPoint,
  PointOutcome,
  PointRequest,
} from './point-outcome.js';
import { POINT_ALPHA } from './point-alpha.js';
import { ratioInterval } from './ratio-interval.js';

/** The last of a burst end in an engine that empties, and the longest alone. */
const FULL_RATIO = 0.8;

/**
 * What a burst says: how many requests a second the engine ends when it has so many at once, which bounds what it can be sent. All of its requests count:
 * the engine was full from the first. It is met where the shares seen reach their targets, though so many at once are harder than the same number
 * that come one after another.
 */
export function judgeBurst(
  planned: PlannedPoint,
  { requests, sendingEndedNs, stoppedBy }: PointOutcome,
  terms: readonly CapacityTerm[],
): MeasuredPoint {
  const measures = terms.map(({ targetRatio }, index) => {
    const sum = sumOf(requests.map(({ counts }) => counts[index]));
    const interval = ratioInterval(sum, { targetRatio, designEffect: 1, alpha: POINT_ALPHA });
    return { ...sum, ...interval, batches: [sum], designEffect: 1 };
  });
  const isMet = measures.every(
    ({ goodCount, totalCount }, index) => goodCount >= (terms[index]?.targetRatio ?? 0) * totalCount,
  );
  const livedNs = lifetimesOf(requests);
  const startNs = requests[0]?.intendedNs ?? sendingEndedNs;
  const lastNs = requests.reduce((latest, { endedNs = 0 }) => Math.max(latest, endedNs), sendingEndedNs);
  return {
    ...planned,
    verdict: livedNs.length === 0 ? 'nothing' : isMet ? 'met' : 'not_met',
    terms: measures,
    sentCount: requests.length,
    steadyCount: requests.length,
    lifetimeNs: livedNs[Math.floor(0.95 * livedNs.length)],
    elapsedNs: lastNs - startNs,
    answered: answeredWhileFull(livedNs),
    stoppedBy,
  };
}

/** How long the requests took that were answered, shortest first. */
function lifetimesOf(requests: readonly PointRequest[]): readonly number[] {
  return requests
    .flatMap(({ intendedNs, endedNs, isFailed = false }) =>
      endedNs === undefined || isFailed ? [] : [endedNs - intendedNs],
    )
    .sort((a, b) => a - b);
}

/** Those that are answered at the same instant, as a batch of equal requests is, count together. */
function answeredWhileFull(livedNs: readonly number[]): BurstAnswered | undefined {
  const tookNs = livedNs[Math.ceil(FULL_RATIO * livedNs.length) - 1];
  return tookNs === undefined || tookNs <= 0
    ? undefined
    : { ofCount: livedNs.length, count: livedNs.filter((each) => each <= tookNs).length, tookNs };
}
