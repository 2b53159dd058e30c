import type { RunClock, RunNs } from '@fluidscope/units';
import type { StampBound } from './stamp-bound.js';

/*
 * One queue of what arrived, for all streams of a client.
 *
 * A1  A read is stamped and queued where it happens, in the poll phase, and nothing else is done there: the
 *     sockets behind it in the same poll are stamped before anything is parsed.
 * A2  One immediate, shared by all streams, parses after the poll (check phase). It is re-armed every turn
 *     while streams are open, because the stamp bound must see every turn, and unreferenced while the queue
 *     is empty, because a referenced immediate would keep the loop from blocking and spin a core.
 * A3  Parsing yields to the next poll after a slice: the total work is the same, but what arrives meanwhile
 *     is stamped within a slice, not after the whole queue. Beyond a backlog it does not yield, so that a
 *     client that cannot keep up slows its reading down (TCP does the rest) and its memory stays bounded.
 * A4  Order within a stream is order of arrival; the end of a stream is queued like its bytes.
 */

const SLICE_NS = 500_000;
/** Entries between two looks at the clock. */
const LOOK_EVERY_COUNT = 8;
const LARGEST_BACKLOG_COUNT = 4_096;

/** Whoever takes what arrived on one socket. Must not throw. */
export interface ArrivalTaker {
  takeBytes(bytes: Buffer, arrivalNs: RunNs, errorNs: number): void;
  takeEnd(): void;
}

export class Arrivals {
  readonly #clock: RunClock;
  readonly #bound: StampBound;
  readonly #takers: ArrivalTaker[] = [];
  /** `undefined`: the stream's end. */
  readonly #bytes: (Buffer | undefined)[] = [];
  readonly #arrivalsNs: RunNs[] = [];
  readonly #errorsNs: number[] = [];
  #nextIndex = 0;
  #openCount = 0;
  #draining = false;
  #hook: NodeJS.Immediate | undefined;

  constructor(clock: RunClock, bound: StampBound) {
    this.#clock = clock;
    this.#bound = bound;
  }

  /** A stream opens; between the first `open` and the last `close` the hook runs every turn. */
  open(): void {
    this.#openCount += 1;
    if (this.#hook !== undefined) return;
    this.#bound.begin(this.#clock.nowNs());
    this.#arm();
  }

  close(): void {
    this.#openCount -= 1;
  }

  /** Stamps bytes that have just been read, and returns the stamp. */
  push(taker: ArrivalTaker, bytes: Buffer): RunNs {
    const arrivalNs = this.#clock.nowNs();
    this.#enqueue(taker, bytes, arrivalNs, this.#bound.errorNs(arrivalNs));
    return arrivalNs;
  }

  /** Queues bytes that were stamped when they arrived in another form (compressed). */
  pushStamped(taker: ArrivalTaker, bytes: Buffer, stamp: { arrivalNs: RunNs; errorNs: number }): void {
    this.#enqueue(taker, bytes, stamp.arrivalNs, stamp.errorNs);
  }

  pushEnd(taker: ArrivalTaker): void {
    this.#enqueue(taker, undefined, 0 as RunNs, Number.NaN);
  }

  /** Parses all that has arrived, now. Does nothing from within a parse. */
  flush(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (this.#nextIndex < this.#takers.length) this.#takeNext();
    } finally {
      this.#finishDrain();
    }
  }

  #enqueue(taker: ArrivalTaker, bytes: Buffer | undefined, arrivalNs: RunNs, errorNs: number): void {
    this.#takers.push(taker);
    this.#bytes.push(bytes);
    this.#arrivalsNs.push(arrivalNs);
    this.#errorsNs.push(errorNs);
    if (this.#takers.length === 1) this.#hook?.ref();
  }

  #arm(): void {
    this.#hook = setImmediate(this.#afterPoll);
    if (this.#takers.length === 0) this.#hook.unref(); // A2
  }

  readonly #afterPoll = (): void => {
    if (this.#takers.length > 0 && !this.#draining) this.#drainSlice(this.#clock.nowNs());
    // After the parse: the later the hook's time, the tighter the next bound.
    this.#bound.afterPoll(this.#clock.nowNs());
    if (this.#openCount > 0 || this.#takers.length > 0) this.#arm();
    else this.#hook = undefined;
  };

  #drainSlice(startedNs: RunNs): void {
    this.#draining = true;
    try {
      for (let taken = 1; this.#nextIndex < this.#takers.length; taken += 1) {
        this.#takeNext();
        if (taken % LOOK_EVERY_COUNT !== 0) continue;
        const backlogCount = this.#takers.length - this.#nextIndex;
        if (backlogCount < LARGEST_BACKLOG_COUNT && this.#clock.nowNs() - startedNs > SLICE_NS) break; // A3
      }
    } finally {
      this.#finishDrain();
    }
  }

  #takeNext(): void {
    const index = this.#nextIndex;
    this.#nextIndex += 1;
    const taker = this.#takers[index];
    const arrivalNs = this.#arrivalsNs[index];
    const errorNs = this.#errorsNs[index];
    if (taker === undefined || arrivalNs === undefined || errorNs === undefined) return;
    const bytes = this.#bytes[index];
    this.#bytes[index] = undefined;
    if (bytes === undefined) taker.takeEnd();
    else taker.takeBytes(bytes, arrivalNs, errorNs);
  }

  /** Keeps what a slice left, in front; forgets the rest. */
  #finishDrain(): void {
    this.#draining = false;
    const takenCount = this.#nextIndex;
    this.#nextIndex = 0;
    for (const column of [this.#takers, this.#bytes, this.#arrivalsNs, this.#errorsNs]) {
      if (takenCount === column.length) column.length = 0;
      else column.splice(0, takenCount);
    }
  }
}
