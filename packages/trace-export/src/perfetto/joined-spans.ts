import type { Stretch } from './lanes.js';

/** Spans closer than this are told as one, as in the diagnosis. */
const JOINED_NS = 100_000_000;

/** Joins spans as they come, so that a million of them take the room of a few. They should come roughly in order of time. */
export class JoinedSpans {
  #done: Stretch[] = [];
  #open: Stretch | undefined;

  add(fromNs: number, toNs: number): void {
    const open = this.#open;
    if (open !== undefined && fromNs <= open.toNs + JOINED_NS && toNs >= open.fromNs - JOINED_NS) {
      this.#open = { fromNs: Math.min(open.fromNs, fromNs), toNs: Math.max(open.toNs, toNs) };
      return;
    }
    if (open !== undefined) this.#done.push(open);
    this.#open = { fromNs, toNs };
  }

  /** In order of time, none closer to the next than what is joined. */
  all(): readonly Stretch[] {
    const spans = this.#open === undefined ? this.#done : [...this.#done, this.#open];
    const joined: Stretch[] = [];
    for (const span of spans.toSorted((a, b) => a.fromNs - b.fromNs)) {
      const last = joined.at(-1);
      if (last === undefined || span.fromNs > last.toNs + JOINED_NS) joined.push(span);
      else joined[joined.length - 1] = { fromNs: last.fromNs, toNs: Math.max(last.toNs, span.toNs) };
    }
    return joined;
  }
}
