import { LogHistogram } from './log-histogram.js';

/** What a stretch of time held. Deadlines count where the token that settled them arrived. */
export interface WindowSums {
  readonly settledCount: number;
  readonly missedCount: number;
  readonly tokens: number;
}

interface Slot {
  /** Which stretch of time it holds now; -1 before any. */
  index: number;
  settledCount: number;
  missedCount: number;
  tokens: number;
  readonly ttft: LogHistogram;
  readonly tbt: LogHistogram;
}

const DEFAULT_SLOTS_COUNT = 50;

/** The last `windowNs` of a run, in slots that leave one at a time: memory is fixed, whatever the load and the time. */
export class SlidingWindow {
  readonly ttft = new LogHistogram();
  readonly tbt = new LogHistogram();
  readonly #slotNs: number;
  readonly #slots: readonly Slot[];
  #nowIndex = 0;
  #settledCount = 0;
  #missedCount = 0;
  #tokens = 0;

  constructor(windowNs: number, slotsCount = DEFAULT_SLOTS_COUNT) {
    this.#slotNs = windowNs / slotsCount;
    this.#slots = Array.from({ length: slotsCount }, () => ({
      index: -1,
      settledCount: 0,
      missedCount: 0,
      tokens: 0,
      ttft: new LogHistogram(),
      tbt: new LogHistogram(),
    }));
  }

  get sums(): WindowSums {
    return { settledCount: this.#settledCount, missedCount: this.#missedCount, tokens: this.#tokens };
  }

  /** How much of the window lies behind time 0 or before now, for rates: the slot under way counts as far as it is over. */
  spanNs(nowNs: number): number {
    const firstIndex = Math.max(0, this.#nowIndex - this.#slots.length + 1);
    return nowNs - firstIndex * this.#slotNs;
  }

  /** Moves on to `nowNs`: slots that are now too old leave. */
  advance(nowNs: number): void {
    const nowIndex = Math.floor(nowNs / this.#slotNs);
    if (nowIndex <= this.#nowIndex) return;
    const passedCount = Math.min(nowIndex - this.#nowIndex, this.#slots.length);
    for (let index = nowIndex - passedCount + 1; index <= nowIndex; index += 1) {
      const slot = this.#slots[index % this.#slots.length];
      if (slot !== undefined && slot.index !== -1) this.#empty(slot);
    }
    this.#nowIndex = nowIndex;
  }

  addDeadlines(timeNs: number, settledCount: number, missedCount: number): void {
    const slot = this.#slotAt(timeNs);
    if (slot === undefined) return;
    slot.settledCount += settledCount;
    slot.missedCount += missedCount;
    this.#settledCount += settledCount;
    this.#missedCount += missedCount;
  }

  addTokens(timeNs: number, tokens: number): void {
    const slot = this.#slotAt(timeNs);
    if (slot === undefined) return;
    slot.tokens += tokens;
    this.#tokens += tokens;
  }

  addTtft(timeNs: number, ttftNs: number): void {
    const slot = this.#slotAt(timeNs);
    slot?.ttft.add(ttftNs);
    if (slot !== undefined) this.ttft.add(ttftNs);
  }

  addTbt(timeNs: number, gapNs: number, tokens: number): void {
    const slot = this.#slotAt(timeNs);
    slot?.tbt.add(gapNs, tokens);
    if (slot !== undefined) this.tbt.add(gapNs, tokens);
  }

  /** `undefined` for a time that has left the window; one ahead of `advance` counts as now. */
  #slotAt(timeNs: number): Slot | undefined {
    const index = Math.min(this.#nowIndex, Math.floor(timeNs / this.#slotNs));
    if (index < 0 || index <= this.#nowIndex - this.#slots.length) return undefined;
    const slot = this.#slots[index % this.#slots.length];
    if (slot !== undefined) slot.index = index;
    return slot;
  }

  #empty(slot: Slot): void {
    this.#settledCount -= slot.settledCount;
    this.#missedCount -= slot.missedCount;
    this.#tokens -= slot.tokens;
    this.ttft.subtractAndClear(slot.ttft);
    this.tbt.subtractAndClear(slot.tbt);
    slot.index = -1;
    slot.settledCount = 0;
    slot.missedCount = 0;
    slot.tokens = 0;
  }
}
