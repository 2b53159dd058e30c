/** Items taken out of the array before it is cut: shifting a million planned arrivals one by one would cost more than simulating them. */
const SLACK_COUNT = 1_024;

/** First in, first out, each operation in constant time on average. */
export class Fifo<T> {
  private items: T[] = [];
  private headIndex = 0;

  push(item: T): void {
    this.items.push(item);
  }

  first(): T | undefined {
    return this.items[this.headIndex];
  }

  removeFirst(): void {
    if (this.headIndex === this.items.length) return;
    this.headIndex++;
    if (this.headIndex < SLACK_COUNT || this.headIndex * 2 < this.items.length) return;
    this.items = this.items.slice(this.headIndex);
    this.headIndex = 0;
  }

  /** Those that are in it now, from the first on. */
  *[Symbol.iterator](): Iterator<T> {
    yield* this.items.slice(this.headIndex);
  }
}
