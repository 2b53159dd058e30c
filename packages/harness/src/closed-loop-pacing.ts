import type { RunNs } from '@fluidscope/units';
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

/** A request is due when a slot comes free: at the start, and then whenever a request ends. */
export class ClosedLoopPacing implements Pacing {
  readonly #options: ClosedLoopOptions;
  readonly #freeSinceNs = new Fifo<RunNs>();
  readonly dueCount = undefined;
  readonly waitingCount = 0;

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
    for (let slot = 0; slot < options.concurrencyCount; slot++) this.#freeSinceNs.push(options.startNs);
  }

  next(nowNs: RunNs): DueRequest | undefined {
    if (nowNs < this.#options.startNs || !this.#hasNext()) return undefined;
    const intendedNs = this.#freeSinceNs.shift();
    if (intendedNs === undefined) return undefined;
    const request = this.#options.requests.take();
    return request === undefined ? undefined : { request, intendedNs, queued: false };
  }

  nextLook(): NextLook {
    if (!this.#hasNext()) return { kind: 'never' };
    if (this.#freeSinceNs.length === 0) return { kind: 'when_one_ends' };
    return { kind: 'on_time', atNs: this.#options.startNs };
  }

  ended(endedNs: RunNs): void {
    this.#freeSinceNs.push(endedNs);
  }

  /** A slot that was free and not yet used stands for no request of the plan. */
  takeUnsent(): Iterable<DueRequest> {
    return [];
  }

  #hasNext(): boolean {
    return this.#options.requests.peek()?.planned.phase === this.#options.phase;
  }
}
