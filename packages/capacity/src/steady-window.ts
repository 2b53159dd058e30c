import type { PointRequest } from './point-outcome.js';

export interface SteadyWindow {
  readonly fromNs: number;
  readonly toNs: number;
  readonly lifetimeNs: number | undefined;
}

/** A run from empty needs about so many lifetimes to fill; what was sent in the last one ends in an emptying engine. */
const WARM_UP_LIFETIMES = 2;
const COOL_DOWN_LIFETIMES = 1;
/** However long requests live, half of the run is looked at: a run that does not settle in its first quarter is judged by its growth. */
const LARGEST_CUT_RATIO = 0.25;

/**
 * The part of a run whose requests count, by their intended send, so that no request is chosen by how it fared. Empty requests give an empty
 * window.
 */
export function steadyWindow(requests: readonly PointRequest[], sendingEndedNs: number): SteadyWindow {
  const startNs = requests[0]?.intendedNs ?? sendingEndedNs;
  const lifetimeNs = lifetime95Ns(requests);
  const largestCutNs = LARGEST_CUT_RATIO * (sendingEndedNs - startNs);
  const cutNs = (lifetimes: number): number => Math.min(lifetimes * (lifetimeNs ?? 0), largestCutNs);
  return {
    fromNs: startNs + cutNs(WARM_UP_LIFETIMES),
    toNs: sendingEndedNs - cutNs(COOL_DOWN_LIFETIMES),
    lifetimeNs,
  };
}

/** Requests to send so that about `steadyCount` of them count, where `perLifetimeCount` are sent in a request's life. */
export function requestsToSend(steadyCount: number, perLifetimeCount: number): number {
  const cutCount = (WARM_UP_LIFETIMES + COOL_DOWN_LIFETIMES) * perLifetimeCount;
  return Math.ceil(steadyCount + Math.min(cutCount, steadyCount));
}

function lifetime95Ns(requests: readonly PointRequest[]): number | undefined {
  const lifetimesNs = requests
    .flatMap(({ intendedNs, endedNs }) => (endedNs === undefined ? [] : [endedNs - intendedNs]))
    .sort((a, b) => a - b);
  return lifetimesNs[Math.floor(0.95 * lifetimesNs.length)];
}
