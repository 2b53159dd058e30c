/** Numbers from 0, the lowest free one first: a stream keeps its line on the page for as long as it lives. */
export class Slots {
  readonly #isTaken: Uint8Array<ArrayBuffer>;
  #lowestFree = 0;
  #takenCount = 0;

  constructor(count: number) {
    this.#isTaken = new Uint8Array(count);
  }

  get takenCount(): number {
    return this.#takenCount;
  }

  /** `undefined` when all are taken. */
  take(): number | undefined {
    const slot = this.#isTaken.indexOf(0, this.#lowestFree);
    if (slot === -1) return undefined;
    this.#isTaken[slot] = 1;
    this.#lowestFree = slot + 1;
    this.#takenCount += 1;
    return slot;
  }

  free(slot: number): void {
    if (this.#isTaken[slot] !== 1) return;
    this.#isTaken[slot] = 0;
    this.#takenCount -= 1;
    this.#lowestFree = Math.min(this.#lowestFree, slot);
  }
}
