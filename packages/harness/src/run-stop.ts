import { setMaxListeners } from 'node:events';
import { addNs, type DurationNs, type RunClock } from '@fluidscope/units';
import type { RunEnd } from '@fluidscope/trace-schema';
import type { Cancellation, Timers } from './timers.js';

export interface RunStopOptions {
  readonly clock: RunClock;
  readonly timers: Timers;
  readonly drainLimitNs: DurationNs | undefined;
}

/**
 * How a load is brought to an end: first no more is sent, then what is in flight may finish within the drain limit, then
 * it is cancelled.
 *
 * Rules:
 * 1. The first reason stands, but a failure overrides any: the figures of a failed run are not those of a whole one.
 * 2. Told to stop while already draining, a load cancels at once: nobody asks twice to wait longer.
 */
export class RunStop {
  readonly #options: RunStopOptions;
  readonly #sending = new AbortController();
  readonly #flight = new AbortController();
  #reason: RunEnd['stopReason'] | undefined;
  #failure: Error | undefined;
  #drainTimer: Cancellation | undefined;

  constructor(options: RunStopOptions) {
    this.#options = options;
    // One listener a request in flight is no leak, and Node would print that it may be.
    setMaxListeners(0, this.#flight.signal);
  }

  /** Aborted when nothing more may be sent. */
  get sendingSignal(): AbortSignal {
    return this.#sending.signal;
  }

  /** Aborted when what is in flight must end. */
  get flightSignal(): AbortSignal {
    return this.#flight.signal;
  }

  get reason(): RunEnd['stopReason'] {
    return this.#reason ?? 'finished';
  }

  /** Present exactly when the reason is `failed`. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Ends the sending and starts the drain; rule 2 the second time. */
  drain(reason: 'duration' | 'interrupted'): void {
    if (this.#reason !== undefined) {
      this.cancel();
      return;
    }
    this.#reason = reason;
    this.#sending.abort();
    const { clock, timers, drainLimitNs } = this.#options;
    if (drainLimitNs === undefined) return;
    this.#drainTimer = timers.callAt(addNs(clock.nowNs(), drainLimitNs), () => this.#flight.abort());
  }

  /** Says why a load that has ended by itself did; the first reason stands. */
  conclude(reason: RunEnd['stopReason']): void {
    this.#reason ??= reason;
  }

  /** Ends everything now. */
  cancel(): void {
    this.#reason ??= 'interrupted';
    this.#sending.abort();
    this.#flight.abort();
  }

  /** Ends everything now, because the run cannot be trusted or recorded any further. */
  fail(thrown: unknown): void {
    this.#failure ??= thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#reason = 'failed'; // rule 1
    this.cancel();
  }

  /** Leaves no timer behind. */
  dispose(): void {
    this.#drainTimer?.cancel();
  }
}
