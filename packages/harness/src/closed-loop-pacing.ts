import { addNs, durationNs, NS_PER_MS, type DurationNs, type RunNs } from '@fluidscope/units';
import { Fifo } from './fifo.js';
import type { DueRequest, NextLook, Pacing } from './pacing.js';
import type { RequestsAhead } from './requests-ahead.js';

export interface ClosedLoopOptions {
  readonly requests: RequestsAhead;
  readonly phase: 'warmup' | 'measured';
  readonly startNs: RunNs;
  /** Slots: requests in flight at once. Above 0. */
  readonly concurrencyCount: number;
}

/** The pause of a slot once every slot has failed in a row; doubles with each further round. */
const FIRST_REST_NS = durationNs(10 * NS_PER_MS);
const LONGEST_REST_NS = durationNs(5_000 * NS_PER_MS);

/**
 * A request is due when a slot comes free: at the start, and then whenever a request ends.
 *
 * A server that refuses at once would free slots as fast as this machine can fail, thousands of requests a second that measure
 * nothing: while no request succeeds, a slot that comes free rests first.
 */
export class ClosedLoopPacing implements Pacing {
  readonly #options: ClosedLoopOptions;
  readonly #freeSinceNs = new Fifo<RunNs>();
  /** When each resting slot comes free. A slot never rests longer for the one before it than the longest rest. */
  readonly #restingUntilNs = new Fifo<RunNs>();
  #failuresInRowCount = 0;
  readonly dueCount = undefined;
  readonly waitingCount = 0;

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
    for (let slot = 0; slot < options.concurrencyCount; slot++) this.#freeSinceNs.push(options.startNs);
  }

  next(nowNs: RunNs): DueRequest | undefined {
    if (nowNs < this.#options.startNs || !this.#hasNext()) return undefined;
    const intendedNs = this.#freeSinceNs.shift() ?? this.#takeRested(nowNs);
    if (intendedNs === undefined) return undefined;
    const request = this.#options.requests.take();
    return request === undefined ? undefined : { request, intendedNs, queued: false };
  }

  nextLook(): NextLook {
    if (!this.#hasNext()) return { kind: 'never' };
    if (this.#freeSinceNs.length > 0) return { kind: 'on_time', atNs: this.#options.startNs };
    const restedAtNs = this.#restingUntilNs.peek();
    return restedAtNs === undefined ? { kind: 'when_one_ends' } : { kind: 'on_time', atNs: restedAtNs };
  }

  ended(endedNs: RunNs, failed: boolean): void {
    this.#failuresInRowCount = failed ? this.#failuresInRowCount + 1 : 0;
    const rest = this.#restNs();
    if (rest === undefined) this.#freeSinceNs.push(endedNs);
    else this.#restingUntilNs.push(addNs(endedNs, rest));
  }

  /** A slot that was free and not yet used stands for no request of the plan. */
  takeUnsent(): Iterable<DueRequest> {
    return [];
  }

  #takeRested(nowNs: RunNs): RunNs | undefined {
    const restedAtNs = this.#restingUntilNs.peek();
    return restedAtNs === undefined || restedAtNs > nowNs ? undefined : this.#restingUntilNs.shift();
  }

  /** By rounds: with many slots, as many failures are one event. */
  #restNs(): DurationNs | undefined {
    const rounds = Math.floor(this.#failuresInRowCount / this.#options.concurrencyCount);
    if (rounds === 0) return undefined;
    return durationNs(Math.min(LONGEST_REST_NS, FIRST_REST_NS * 2 ** Math.min(rounds - 1, 30)));
  }

  #hasNext(): boolean {
    return this.#options.requests.peek()?.planned.phase === this.#options.phase;
  }
}
