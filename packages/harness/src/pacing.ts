import type { RunNs } from '@fluidscope/units';
import type { UpcomingRequest } from './requests-ahead.js';

/** A request whose time has come, and when that was. */
export interface DueRequest {
  readonly request: UpcomingRequest;
  readonly intendedNs: RunNs;
  /** It waited for the concurrency cap: its delay is the cap's, not the load generator's. */
  readonly queued: boolean;
}

/** Told when a request has ended, and whether by an error; one that was cancelled did not fail. */
export type OnEnded = (endedNs: RunNs, failed: boolean) => void;

/** When to look for the next request, if none ends before: `on_time` it may be sent then, `about` only counted. */
export type NextLook =
  | { readonly kind: 'on_time' | 'about'; readonly atNs: RunNs }
  /** Nothing comes due until a request ends. */
  | { readonly kind: 'when_one_ends' }
  /** Every request was sent. */
  | { readonly kind: 'never' };

/**
 * Port: decides when each request of one phase is due. Pure logic on the times it is told; the sending loop owns the
 * timers. Implemented by the open and the closed loop.
 */
export interface Pacing {
  /** Takes the next request that may be sent now; it counts as in flight until `ended`. */
  next(nowNs: RunNs): DueRequest | undefined;
  nextLook(): NextLook;
  ended(endedNs: RunNs, failed: boolean): void;
  /** Takes what was due by `stoppedNs` and was not sent. */
  takeUnsent(stoppedNs: RunNs): Iterable<DueRequest>;
  /** Requests whose time has come so far, sent or not; `undefined` where requests have no time of their own. */
  readonly dueCount: number | undefined;
  readonly waitingCount: number;
}
