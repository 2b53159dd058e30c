import { addNs, durationNs, NS_PER_S, type DurationNs, type RunNs } from '@fluidscope/units';

interface HeldSpan {
  readonly fromNs: RunNs;
  readonly untilNs: RunNs;
}

/** The times in which a thread sends nothing because the server asked it to wait. */
export class RateLimitHold {
  /** In order of time, apart from each other. */
  readonly #spans: HeldSpan[] = [];

  /** Until when nothing is sent; a time that may have passed. `undefined`: nobody has asked. */
  get untilNs(): RunNs | undefined {
    return this.#spans.at(-1)?.untilNs;
  }

  /** The longest of what several answers ask for counts: they speak of the same limit. */
  ask(nowNs: RunNs, waitNs: DurationNs): void {
    const last = this.#spans.at(-1);
    const untilNs = addNs(nowNs, waitNs);
    if (last === undefined || last.untilNs < nowNs) this.#spans.push({ fromNs: nowNs, untilNs });
    else if (untilNs > last.untilNs) this.#spans[this.#spans.length - 1] = { fromNs: last.fromNs, untilNs };
  }

  /** How much of the time between a request's intended and actual send was such a wait. */
  heldNs(intendedNs: RunNs, sentNs: RunNs): DurationNs {
    let heldNs = 0;
    for (let at = this.#spans.length - 1; at >= 0; at -= 1) {
      const span = this.#spans[at];
      if (span === undefined || span.untilNs <= intendedNs) break;
      heldNs += Math.max(0, Math.min(span.untilNs, sentNs) - Math.max(span.fromNs, intendedNs));
    }
    return durationNs(heldNs);
  }
}

/** A time to wait of a week says the same as one of a year, and fits into every sum and every timer. */
const LONGEST_WAIT_S = 604_800;

/** What a server's Retry-After asks for, as the trace keeps it. */
export function askedWaitNs(retryAfterS: number | undefined): DurationNs | undefined {
  return retryAfterS === undefined
    ? undefined
    : durationNs(Math.round(Math.min(retryAfterS, LONGEST_WAIT_S) * NS_PER_S));
}
