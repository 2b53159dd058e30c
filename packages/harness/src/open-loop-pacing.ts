import { addNs, type RunNs } from '@fluidscope/units';
import { Fifo } from './fifo.js';
import type { DueRequest, NextLook, Pacing } from './pacing.js';
import type { RequestsAhead, UpcomingRequest } from './requests-ahead.js';

export interface OpenLoopOptions {
  readonly requests: RequestsAhead;
  readonly phase: 'warmup' | 'measured';
  /** Zero of the schedule. */
  readonly startNs: RunNs;
  /** Requests intended from here on are not part of the load; `undefined`: all are. */
  readonly endNs: RunNs | undefined;
  /** `undefined`: no cap, as an open loop should. */
  readonly maxInFlightCount: number | undefined;
}

/**
 * Request i is due at `startNs + offset_i`, whatever became of the requests before it. Under a cap, requests that come
 * due while it is reached wait in order and keep their intended time.
 */
export class OpenLoopPacing implements Pacing {
  readonly #options: OpenLoopOptions;
  readonly #waiting = new Fifo<DueRequest>();
  #inFlightCount = 0;
  #takenCount = 0;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
  }

  get dueCount(): number {
    return this.#takenCount;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  next(nowNs: RunNs): DueRequest | undefined {
    if (this.#isFull()) {
      this.#queueDue(nowNs);
      return undefined;
    }
    const due = this.#waiting.shift() ?? this.#takeDue(nowNs, false);
    if (due !== undefined) this.#inFlightCount += 1;
    return due;
  }

  nextLook(): NextLook {
    const head = this.#head();
    if (head === undefined) return { kind: this.#waiting.length === 0 ? 'never' : 'when_one_ends' };
    const atNs = this.#intendedNs(head);
    if (this.#isBeyondEnd(atNs)) return { kind: 'when_one_ends' };
    return { kind: this.#isFull() ? 'about' : 'on_time', atNs };
  }

  ended(endedNs: RunNs): void {
    if (this.#isFull()) this.#queueDue(endedNs);
    this.#inFlightCount -= 1;
  }

  *takeUnsent(stoppedNs: RunNs): Generator<DueRequest> {
    this.#queueDue(stoppedNs);
    for (let due = this.#waiting.shift(); due !== undefined; due = this.#waiting.shift()) yield due;
  }

  #isFull(): boolean {
    const { maxInFlightCount } = this.#options;
    return maxInFlightCount !== undefined && this.#inFlightCount >= maxInFlightCount;
  }

  #queueDue(nowNs: RunNs): void {
    for (let due = this.#takeDue(nowNs, true); due !== undefined; due = this.#takeDue(nowNs, true)) {
      this.#waiting.push(due);
    }
  }

  #takeDue(nowNs: RunNs, queued: boolean): DueRequest | undefined {
    const head = this.#head();
    if (head === undefined) return undefined;
    const intendedNs = this.#intendedNs(head);
    if (intendedNs > nowNs || this.#isBeyondEnd(intendedNs)) return undefined;
    this.#options.requests.take();
    this.#takenCount += 1;
    return { request: head, intendedNs, queued };
  }

  #head(): UpcomingRequest | undefined {
    const head = this.#options.requests.peek();
    return head?.planned.phase === this.#options.phase ? head : undefined;
  }

  /** A request without a time of its own is due from the start. */
  #intendedNs({ planned }: UpcomingRequest): RunNs {
    const { startNs } = this.#options;
    return planned.intendedOffsetNs === undefined ? startNs : addNs(startNs, planned.intendedOffsetNs);
  }

  #isBeyondEnd(intendedNs: RunNs): boolean {
    return this.#options.endNs !== undefined && intendedNs >= this.#options.endNs;
  }
}
