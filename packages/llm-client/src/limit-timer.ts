import type { RunClock, RunNs } from '@fluidscope/units';

const NS_PER_MS = 1e6;
/** What a timer of Node can hold. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Something that may run out of time. */
export interface Limited {
  /** When it will have run out, as things stand; `undefined`: never. */
  deadlineNs(): RunNs | undefined;
  onDeadline(): void;
}

/*
 * One lazy timer for all limits of a request.
 *
 * T1  Nothing is set or cleared when a token arrives: a timer that fires looks at the deadline as it is by
 *     then, and sleeps on when it has moved. A stream costs one timer for each idle limit that passes.
 * T2  A deadline is judged after the next poll: when the loop was held up, what arrived in time is still in
 *     the socket, and reading it may move the deadline.
 */
export class LimitTimer {
  readonly #clock: RunClock;
  readonly #limited: Limited;
  #timer: NodeJS.Timeout | undefined;
  #timerDueNs = Infinity;
  #judgement: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(clock: RunClock, limited: Limited) {
    this.#clock = clock;
    this.#limited = limited;
  }

  /** The deadline may have come nearer. (When it moved away, nothing needs to be said.) */
  check(): void {
    const deadlineNs = this.#limited.deadlineNs();
    if (this.#stopped || deadlineNs === undefined || deadlineNs >= this.#timerDueNs) return;
    clearTimeout(this.#timer);
    this.#timerDueNs = deadlineNs;
    const delayMs = Math.ceil((deadlineNs - this.#clock.nowNs()) / NS_PER_MS);
    this.#timer = setTimeout(this.#onTimer, Math.min(Math.max(delayMs, 1), LONGEST_TIMER_MS));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#judgement);
  }

  readonly #onTimer = (): void => {
    // T2: an immediate set from a timer runs after the poll that follows.
    this.#judgement = setImmediate(this.#judge);
  };

  readonly #judge = (): void => {
    this.#timerDueNs = Infinity;
    const deadlineNs = this.#limited.deadlineNs();
    if (deadlineNs !== undefined && this.#clock.nowNs() >= deadlineNs) this.#limited.onDeadline();
    else this.check();
  };
}
