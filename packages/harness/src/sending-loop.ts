import { NS_PER_MS, type RunClock, type RunNs } from '@fluidscope/units';
import type { DueRequest, OnEnded, Pacing } from './pacing.js';
import type { RequestsAhead } from './requests-ahead.js';
import type { Cancellation, Timers } from './timers.js';

/** Why sending ended: the plan had no more, its time was up, or it was told to. */
export type SendingEnd = 'finished' | 'duration' | 'stopped';

export interface SendingLoopOptions {
  readonly pacing: Pacing;
  readonly requests: RequestsAhead;
  readonly clock: RunClock;
  readonly timers: Timers;
  /** When sending ends at the latest; `undefined`: with the plan. */
  readonly endNs: RunNs | undefined;
  readonly stopSignal: AbortSignal;
  /** Nothing is sent before its time; absent: nobody asks to wait. */
  readonly hold?: { readonly untilNs: RunNs | undefined };
  /** Starts a request and calls back, not before it returns, when that has ended. */
  readonly send: (due: DueRequest, onEnded: OnEnded) => void;
  /** A request that was due and was not sent before sending ended. */
  readonly recordUnsent: (due: DueRequest, stoppedNs: RunNs) => void;
}

/** Sends in one turn of the event loop; reads get their turn in between, or a burst would delay every running stream. */
const SENDS_PER_TURN_COUNT = 16;

/** Building one prompt must be over well before the next send is due. */
const QUIET_NS = 3 * NS_PER_MS;

/**
 * Sends what a pacing says is due, until there is no more, the time is up or a signal says stop; resolves then, while
 * requests may still be in flight. Rejects with whatever the plan throws.
 *
 * Rules:
 * 1. One wake-up is pending at most; whoever looks for work cancels it first.
 * 2. A request that was due before `endNs` is sent even when the loop comes late to it; only the cap leaves some unsent.
 * 3. While the load is held, nothing is sent; what is due by the end of its time and was held until then is recorded as unsent.
 * 4. After the end nothing is sent, and a request that ends later changes nothing here.
 */
export function runSendingLoop(options: SendingLoopOptions): Promise<SendingEnd> {
  return new Promise((resolve, reject) => {
    new SendingLoop(options, { resolve, reject }).start();
  });
}

interface Settlement {
  readonly resolve: (end: SendingEnd) => void;
  readonly reject: (thrown: Error) => void;
}

class SendingLoop {
  readonly #options: SendingLoopOptions;
  readonly #settlement: Settlement;
  readonly #onStop = (): void => this.#guard(() => this.#finish('stopped'));
  #wakeUp: Cancellation | undefined;
  #endTimer: Cancellation | undefined;
  #timeIsUp = false;
  #over = false;

  constructor(options: SendingLoopOptions, settlement: Settlement) {
    this.#options = options;
    this.#settlement = settlement;
  }

  start(): void {
    const { stopSignal, endNs, timers } = this.#options;
    if (stopSignal.aborted) {
      this.#onStop();
      return;
    }
    stopSignal.addEventListener('abort', this.#onStop, { once: true });
    if (endNs !== undefined) {
      this.#endTimer = timers.callAt(endNs, () => {
        this.#timeIsUp = true;
        this.#look();
      });
    }
    this.#look();
  }

  readonly #look = (): void => this.#guard(() => this.#sendDue());

  #sendDue(): void {
    this.#wakeUp?.cancel(); // rule 1
    const heldUntilNs = this.#options.hold?.untilNs;
    if (heldUntilNs !== undefined && this.#options.clock.nowNs() < heldUntilNs) {
      this.#sitOut(heldUntilNs); // rule 3
      return;
    }
    for (let count = 0; count < SENDS_PER_TURN_COUNT; count++) {
      const due = this.#options.pacing.next(this.#options.clock.nowNs());
      if (due === undefined) {
        this.#rest();
        return;
      }
      this.#options.send(due, this.#onEnded);
    }
    this.#wakeUp = this.#options.timers.callAfterIo(this.#look);
  }

  #sitOut(heldUntilNs: RunNs): void {
    const { pacing, timers } = this.#options;
    if (this.#timeIsUp) this.#finish('duration');
    else if (pacing.nextLook().kind === 'never') this.#finish('finished');
    else this.#wakeUp = timers.callAt(heldUntilNs, this.#look);
  }

  #rest(): void {
    const { pacing, timers, clock, requests } = this.#options;
    if (this.#timeIsUp) {
      this.#finish('duration'); // rule 2: nothing that may be sent is left
      return;
    }
    const look = pacing.nextLook();
    if (look.kind === 'never') {
      this.#finish('finished');
      return;
    }
    const isQuiet = look.kind === 'when_one_ends' || look.atNs - clock.nowNs() > QUIET_NS;
    if (isQuiet && requests.prepareOne()) this.#wakeUp = timers.callAfterIo(this.#look);
    else if (look.kind === 'on_time') this.#wakeUp = timers.callOnTime(look.atNs, this.#look);
    else if (look.kind === 'about') this.#wakeUp = timers.callAt(look.atNs, this.#look);
  }

  readonly #onEnded: OnEnded = (endedNs, failed) => {
    // Rule 4 holds by the guard.
    this.#guard(() => {
      this.#options.pacing.ended(endedNs, failed);
      this.#sendDue();
    });
  };

  #finish(end: SendingEnd): void {
    this.#close();
    const stoppedNs = this.#options.clock.nowNs();
    for (const due of this.#options.pacing.takeUnsent(stoppedNs)) this.#options.recordUnsent(due, stoppedNs);
    this.#settlement.resolve(end);
  }

  #close(): void {
    this.#over = true;
    this.#wakeUp?.cancel();
    this.#endTimer?.cancel();
    this.#options.stopSignal.removeEventListener('abort', this.#onStop);
  }

  /** The plan's own code runs in here: what it throws ends the load, it must not end the process. */
  #guard(step: () => void): void {
    if (this.#over) return;
    try {
      step();
    } catch (thrown) {
      this.#close();
      this.#settlement.reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }
}
