import type { EngineNs } from './engine-time.js';

/**
 * What an engine needs to know of a request. Callers submit an object of their own that carries these fields and get the
 * same object back in every event: an engine knows requests by identity and needs no ids.
 */
export interface EngineRequest {
  /** At least 1. */
  readonly promptTokens: number;
  /** Output tokens after which the request finishes; at least 1. */
  readonly outputTokens: number;
  /**
   * For prefix caching: one key per full block of the prompt, in order, each covering the whole prompt up to its block's
   * end, so that equal keys mean equal prefixes. Absent: the prompt shares nothing.
   */
  readonly promptBlockKeys?: readonly string[];
  /** A number that names the request to its own random draws (accepted drafts), whatever else runs. Absent: its place in the order of submission. */
  readonly drawKey?: number;
}

export interface PrefillChunk<R> {
  readonly request: R;
  readonly chunkTokens: number;
  /** Tokens of the request whose KV was already there: computed in earlier chunks or found in the prefix cache. */
  readonly contextTokens: number;
}

export interface Decode<R> {
  readonly request: R;
  readonly contextTokens: number;
}

export interface Emission<R> {
  readonly request: R;
  /** From 0 within the request. */
  readonly tokenIndex: number;
  /** True on the request's last token. */
  readonly isLast: boolean;
}

/** What the scheduler put into one iteration, and when it runs. */
export interface ScheduledIteration<R> {
  /** From 0 over the engine's life. */
  readonly iterationIndex: number;
  readonly startNs: EngineNs;
  readonly endNs: EngineNs;
  readonly prefillChunks: readonly PrefillChunk<R>[];
  readonly decodes: readonly Decode<R>[];
  /** Requests that lost their KV when this iteration was scheduled, last-in first. */
  readonly preempted: readonly R[];
  /** Requests that left the waiting queue in this iteration, in order; a preempted one does so again. */
  readonly admitted: readonly R[];
}

export interface CompletedIteration<R> extends ScheduledIteration<R> {
  /** One token for every request whose computation caught up (and each accepted draft, in order), all at `endNs`. */
  readonly emissions: readonly Emission<R>[];
}

export type EngineEvent<R> =
  | { readonly kind: 'started'; readonly iteration: ScheduledIteration<R> }
  | { readonly kind: 'ended'; readonly iteration: CompletedIteration<R> };

/** What a server's metrics page shows of an engine: now, except for the three sums over its life. */
export interface EngineStats {
  readonly runningCount: number;
  /** Arrived and not running: new and preempted requests. */
  readonly waitingCount: number;
  readonly kvBlockCount: number;
  readonly kvUsedBlockCount: number;
  readonly totalPreemptionCount: number;
  /** Prompt tokens looked up in the prefix cache, and how many of them were found there. */
  readonly prefixQueryTokens: number;
  readonly prefixHitTokens: number;
  /** Time that requests were held before they ran, for holds that are over: making grammars of schemas, and moving KV here. */
  readonly schemaHeldNs: number;
  readonly kvHeldNs: number;
  /** Speculative decoding: tokens drafted and accepted over the engine's life. */
  readonly draftedTokens: number;
  readonly acceptedTokens: number;
}

/**
 * Port: a serving engine as a discrete-event process in virtual time. It never reads a clock: whoever drives it calls `step`
 * when `nextEventNs` has come, on whatever clock it likes.
 */
export interface ServingEngine<R extends EngineRequest> {
  /**
   * Queues a request that arrives at `atNs`. Arrivals come in order: `atNs` is never below that of the previous call,
   * and may lie ahead of `nextEventNs` (a whole plan can be submitted before the first step).
   *
   * Throws `RangeError` on an arrival out of order, on token counts that are not positive integers, and on a request that
   * the engine could never finish (longer than the model's limit or than the whole KV pool).
   */
  submit(request: R, atNs: EngineNs): void;
  /**
   * Ends a request: its KV is free at the end of the iteration in progress, or at once when it is in none, and it emits
   * nothing more. Returns false when the engine does not hold it (never submitted, or finished).
   */
  cancel(request: R): boolean;
  /** When something happens next if nothing more is submitted; `undefined` when nothing ever will. */
  nextEventNs(): EngineNs | undefined;
  /** Carries the engine to `nextEventNs` and returns what happened; `undefined` when there was nothing to do. */
  step(): EngineEvent<R> | undefined;
  stats(): EngineStats;
}
