import type { RunClock, RunNs } from '@fluidscope/units';
import type { StampSource } from '@fluidscope/trace-schema';
import type { ReadStamp } from './stamped-sockets.js';
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
const LARGEST_BACKLOG_BYTES = 64 * 1_024 * 1_024;
const SMALLEST_QUEUE_COUNT = 256;
const NO_STAMP: ReadStamp = { arrivalNs: 0, errorNs: Number.NaN, source: 'user' };

/** Whoever takes what arrived on one socket. Must not throw. */
export interface ArrivalTaker {
  takeBytes(bytes: Buffer, arrivalNs: RunNs, errorNs: number, source: StampSource): void;
  takeEnd(): void;
}

export class Arrivals {
  readonly #clock: RunClock;
  readonly #bound: StampBound;
  /* The queue is entries first to last of five columns: no object an entry, no boxed number. */
  #takers: (ArrivalTaker | undefined)[] = [];
  /** `undefined`: the stream's end. */
  #bytes: (Buffer | undefined)[] = [];
  #arrivalsNs = new Float64Array(SMALLEST_QUEUE_COUNT);
  #errorsNs = new Float64Array(SMALLEST_QUEUE_COUNT);
  #sources: StampSource[] = [];
  #firstIndex = 0;
  #endIndex = 0;
  #waitingBytes = 0;
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
    this.pushStamped(taker, bytes, { arrivalNs, errorNs: this.#bound.errorNs(arrivalNs), source: 'user' });
    return arrivalNs;
  }

  /** Queues bytes whose arrival is known: the socket stamped it, or they came in another form (compressed). `undefined`: the stream's end. */
  pushStamped(taker: ArrivalTaker, bytes: Buffer | undefined, stamp: ReadStamp): void {
    if (this.#endIndex === this.#arrivalsNs.length) this.#makeRoom();
    this.#takers[this.#endIndex] = taker;
    this.#bytes[this.#endIndex] = bytes;
    this.#arrivalsNs[this.#endIndex] = stamp.arrivalNs;
    this.#errorsNs[this.#endIndex] = stamp.errorNs;
    this.#sources[this.#endIndex] = stamp.source;
    this.#endIndex += 1;
    this.#waitingBytes += bytes?.length ?? 0;
    if (this.#waitingCount === 1) this.#hook?.ref();
  }

  pushEnd(taker: ArrivalTaker): void {
    this.pushStamped(taker, undefined, NO_STAMP);
  }

  /** Parses all that has arrived, now. Does nothing from within a parse. */
  flush(): void {
    if (!this.#draining) this.#drain(Infinity);
  }

  get #isBacklogLarge(): boolean {
    return this.#waitingCount >= LARGEST_BACKLOG_COUNT || this.#waitingBytes >= LARGEST_BACKLOG_BYTES;
  }

  get #waitingCount(): number {
    return this.#endIndex - this.#firstIndex;
  }

  #arm(): void {
    this.#hook = setImmediate(this.#afterPoll);
    if (this.#waitingCount === 0) this.#hook.unref(); // A2
  }

  readonly #afterPoll = (): void => {
    if (this.#waitingCount > 0) this.#drain(this.#clock.nowNs() + SLICE_NS);
    // After the parse: the later the hook's time, the tighter the next bound.
    this.#bound.afterPoll(this.#clock.nowNs());
    if (this.#openCount > 0 || this.#waitingCount > 0) this.#arm();
    else this.#hook = undefined;
  };

  #drain(untilNs: number): void {
    this.#draining = true;
    try {
      for (let taken = 1; this.#waitingCount > 0; taken += 1) {
        this.#takeFirst();
        if (taken % LOOK_EVERY_COUNT !== 0) continue;
        if (!this.#isBacklogLarge && this.#clock.nowNs() > untilNs) break; // A3
      }
    } finally {
      this.#draining = false;
    }
    if (this.#waitingCount > 0) return;
    this.#firstIndex = 0;
    this.#endIndex = 0;
  }

  #takeFirst(): void {
    const index = this.#firstIndex;
    this.#firstIndex += 1;
    const taker = this.#takers[index];
    const bytes = this.#bytes[index];
    this.#takers[index] = undefined;
    this.#bytes[index] = undefined;
    this.#waitingBytes -= bytes?.length ?? 0;
    if (bytes === undefined) {
      taker?.takeEnd();
      return;
    }
    const errorNs = this.#errorsNs[index] ?? Number.NaN;
    taker?.takeBytes(bytes, this.#arrivalsNs[index] as RunNs, errorNs, this.#sources[index] ?? 'user');
  }

  /** Moves what waits to the front, into columns twice as long if most of them is in use. */
  #makeRoom(): void {
    const length = this.#arrivalsNs.length;
    const grown = this.#waitingCount > length / 2 ? 2 * length : length;
    const move = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const moved = new Float64Array(grown);
      moved.set(column.subarray(this.#firstIndex, this.#endIndex));
      return moved;
    };
    this.#takers = this.#takers.slice(this.#firstIndex, this.#endIndex);
    this.#sources = this.#sources.slice(this.#firstIndex, this.#endIndex);
    this.#bytes = this.#bytes.slice(this.#firstIndex, this.#endIndex);
    this.#arrivalsNs = move(this.#arrivalsNs);
    this.#errorsNs = move(this.#errorsNs);
    this.#endIndex = this.#waitingCount;
    this.#firstIndex = 0;
  }
}
