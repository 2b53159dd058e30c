import type { StreamItem } from './stream-item.js';

/** What an item costs beside its bytes, so that many small ones are bounded too. */
const ITEM_OVERHEAD_BYTES = 200;

/** The last items of a stream, as many as fit: readers read from it, each at its own pace. */
export class ItemBacklog {
  readonly #limitBytes: number;
  #items: StreamItem[] = [];
  /** Items before this position of the array are given up. */
  #head = 0;
  #sizeBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The oldest item that is kept. */
  get first(): StreamItem | undefined {
    return this.#items[this.#head];
  }

  /** Gives up the oldest until it fits; the newest is always kept. */
  push(item: StreamItem): void {
    this.#items.push(item);
    this.#sizeBytes += item.sizeBytes + ITEM_OVERHEAD_BYTES;
    while (this.#sizeBytes > this.#limitBytes && this.#head < this.#items.length - 1) this.#giveUpFirst();
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) this.#compact();
  }

  /** The item of a number, or the first after it that is kept. */
  from(seq: number): StreamItem | undefined {
    const { first } = this;
    return first && this.#items[this.#head + Math.max(0, seq - first.seq)];
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#sizeBytes = 0;
  }

  #giveUpFirst(): void {
    this.#sizeBytes -= (this.first?.sizeBytes ?? 0) + ITEM_OVERHEAD_BYTES;
    this.#head += 1;
  }

  /** Also what frees the memory of the items given up: until here the array still holds at most as many again. */
  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
