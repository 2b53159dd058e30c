/** A queue whose `shift` stays cheap however long it grows (an array's own moves every element). */
export class Fifo<Item> {
  #items: Item[] = [];
  #headIndex = 0;

  get length(): number {
    return this.#items.length - this.#headIndex;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** What `shift` would take. */
  peek(): Item | undefined {
    return this.#items[this.#headIndex];
  }

  shift(): Item | undefined {
    const item = this.#items[this.#headIndex];
    if (this.#headIndex < this.#items.length) this.#headIndex += 1;
    if (this.#headIndex * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#headIndex);
      this.#headIndex = 0;
    }
    return item;
  }
}
