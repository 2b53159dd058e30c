import { runNs, type RunClock, type RunNs } from '@fluidscope/units';
import type { Cancellation, Timers } from '../timers.js';

interface Pending {
  readonly atNs: RunNs;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until told to move, and the timers on it: callbacks run in order of time, and what they set
 * off with promises is done before the next one.
 */
export class VirtualTime implements RunClock, Timers {
  #nowNs = runNs(0);
  #order = 0;
  readonly #pending = new Set<Pending>();

  nowNs(): RunNs {
    return this.#nowNs;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  callAt(atNs: RunNs, callback: () => void): Cancellation {
    const pending = { atNs: runNs(Math.max(atNs, this.#nowNs)), order: this.#order++, callback };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  callOnTime(atNs: RunNs, callback: () => void): Cancellation {
    return this.callAt(atNs, callback);
  }

  callAfterIo(callback: () => void): Cancellation {
    return this.callAt(this.#nowNs, callback);
  }

  /** The clock jumps, as it does for a loop that was blocked: what came due runs afterwards, late. */
  block(forNs: number): void {
    this.#nowNs = runNs(this.#nowNs + forNs);
  }

  async advanceTo(untilNs: number): Promise<void> {
    await settlePromises();
    for (let next = this.#next(untilNs); next !== undefined; next = this.#next(untilNs)) {
      this.#pending.delete(next);
      this.#nowNs = runNs(Math.max(next.atNs, this.#nowNs));
      next.callback();
      await settlePromises();
    }
    this.#nowNs = runNs(Math.max(untilNs, this.#nowNs));
  }

  #next(untilNs: number): Pending | undefined {
    const due = [...this.#pending].filter(({ atNs }) => atNs <= untilNs);
    return due.sort((a, b) => a.atNs - b.atNs || a.order - b.order)[0];
  }
}

/** A turn of the real event loop: all promises that can settle have. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
