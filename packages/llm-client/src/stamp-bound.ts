import { closeSync, openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { RunNs } from '@fluidscope/units';

/*
 * How far before its stamp a read's bytes can have arrived.
 *
 * The event loop (libuv on epoll or kqueue) turns in this order: poll, check (our hook), closing callbacks,
 * timers, poll. Every socket that was ready when a poll returned is read during that poll's callbacks, since
 * readiness is level-triggered and every ready socket is handed out (up to 49,152 a poll).
 *
 *   C(k)  when our check hook ran after poll k
 *   I(k)  how long poll k blocked: the loop's idle time, which libuv counts only while it really waits,
 *         after a first look that found nothing ready
 *   R(k)  when poll k returned
 *
 * R1  R(k) >= C(k-1) + I(k): the poll began after the hook before it, then blocked for I(k).
 * R2  Bytes that poll k's callbacks read arrived after R(k-1): whatever lay ready then was read then.
 * R3  If poll k blocked, they arrived after C(k-1): its first look, later than that, found nothing ready.
 * R4  If poll k blocked, the first bytes woke the thread, so they arrived no earlier than R(k) less the time
 *     that it took to wake: the time that this thread stood in the scheduler's queue (the kernel counts it)
 *     and a constant for what the kernel does not count.
 * R5  Bytes that arrive after R(k) and are read by the same callbacks arrived after R(k); R4 covers them.
 *
 * So the arrival lies in [L, stamp], L = R(k-1) when poll k did not block, else max(C(k-1), R(k) - wake).
 * L uses C + I for R, which is earlier than R, so the bound errs on the wide side: by whatever other code ran
 * between the hook and the poll. Where the kernel's count is missing (no /proc, not Linux) a larger constant
 * stands in for it and the bound is an estimate. On Windows (completion-based) no bound is known: NaN.
 *
 * Measured on 2 virtual CPUs, idle and beside two busy processes, loop blocked at times and not,
 * against the sender of the tests: the bound held for 57,000 of 57,000 tokens, its median 1.5 to 4 times the
 * true error. With WAKE_NS at half its value it held for 99.9 %, with the kernel's count left out for 55 % to
 * 86 %. Cost: 1.7 us a turn of the loop (1.3 us of it to read the kernel's count), 6 ns a stamp.
 */

/** What the kernel does not count of a wake-up: the interrupt, leaving a sleep state, the switch itself. */
const WAKE_NS = 100_000;
/** In place of the kernel's count of time in the scheduler's queue, where there is none. */
const UNCOUNTED_QUEUE_NS = 1_000_000;
const NS_PER_MS = 1e6;

/** What the bound is computed from; the real ones are `loopSources()`. */
export interface LoopSources {
  /** Nanoseconds that this thread's loop has blocked in its poll, ever. */
  idleNs(): number;
  /** Nanoseconds that this thread has waited for a CPU while it could have run, ever. NaN: not known. */
  queuedNs(): number;
  close(): void;
}

/** Follows the loop's turns and bounds each stamp. Not re-entrant; one a thread. */
export class StampBound {
  readonly #sources: LoopSources;
  readonly #known: boolean;
  #inPoll = false;
  #hookNs = 0;
  #hookIdleNs = 0;
  #queuedNs = 0;
  #previousReturnNs = 0;
  #earliestNs = 0;

  constructor(sources: LoopSources, platform: NodeJS.Platform = process.platform) {
    this.#sources = sources;
    this.#known = platform !== 'win32';
  }

  /** Begins to follow the loop, now, outside of a poll's callbacks or in any: the first bound is wide. */
  begin(nowNs: RunNs): void {
    this.#hookNs = nowNs;
    this.#hookIdleNs = this.#sources.idleNs();
    this.#queuedNs = this.#sources.queuedNs();
    this.#previousReturnNs = nowNs;
    this.#inPoll = false;
  }

  /** The check hook ran. Every turn of the loop must report it, with or without stamps. */
  afterPoll(nowNs: RunNs): void {
    if (!this.#inPoll) this.#enterPoll();
    this.#inPoll = false;
    this.#hookNs = nowNs;
    this.#hookIdleNs = this.#sources.idleNs();
  }

  /** Nanoseconds before `stampNs` within which the bytes that are being read arrived. NaN: not known. */
  errorNs(stampNs: RunNs): number {
    if (!this.#known) return Number.NaN;
    if (!this.#inPoll) this.#enterPoll();
    return stampNs - this.#earliestNs;
  }

  /** First sign of life since the last hook. Costs two readings of counters, once a turn. */
  #enterPoll(): void {
    this.#inPoll = true;
    const blockedNs = this.#sources.idleNs() - this.#hookIdleNs;
    const returnNs = this.#hookNs + blockedNs; // R1
    const queuedNs = this.#sources.queuedNs();
    const waitedNs = queuedNs - this.#queuedNs;
    this.#queuedNs = queuedNs;
    if (blockedNs > 0) {
      const wakeNs = WAKE_NS + (Number.isNaN(waitedNs) ? UNCOUNTED_QUEUE_NS : waitedNs);
      this.#earliestNs = Math.max(this.#hookNs, returnNs - wakeNs); // R3, R4, R5
    } else {
      this.#earliestNs = this.#previousReturnNs; // R2
    }
    this.#previousReturnNs = returnNs;
  }
}

/** This thread's counters. Holds one file open on Linux until `close`; after it the queue time is unknown. */
export function loopSources(): LoopSources {
  let descriptor = openSchedstat();
  const text = Buffer.alloc(64);
  return {
    idleNs: () => Math.round(performance.nodeTiming.idleTime * NS_PER_MS),
    queuedNs: () =>
      descriptor === undefined
        ? Number.NaN
        : queuedField(text, readSync(descriptor, text, 0, text.length, 0)),
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function openSchedstat(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined;
  }
}

/** The second of three numbers: time on a CPU, time waiting for one, times scheduled. */
function queuedField(text: Buffer, length: number): number {
  const start = text.indexOf(32) + 1;
  const end = text.indexOf(32, start);
  return start > 0 && end > start && end < length ? Number(text.toString('latin1', start, end)) : Number.NaN;
}
