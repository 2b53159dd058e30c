/**
 * How many frames one reader may have on the way: what it has not acknowledged. Beyond that a frame is left out for it and counted, so that a
 * browser that is slow, hidden or gone costs the server nothing, and what it shows is never older than that many frames.
 */
export class FrameCredit {
  readonly #maxUnderWayCount: number;
  /** Sent and not acknowledged, in order. */
  #underWaySeqs: number[] = [];
  #droppedCount = 0;

  constructor(maxUnderWayCount: number) {
    this.#maxUnderWayCount = maxUnderWayCount;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Whether the frame may go to the reader now; counts it as sent, or as left out. */
  take(seq: number): boolean {
    if (this.#underWaySeqs.length >= this.#maxUnderWayCount) {
      this.#droppedCount += 1;
      return false;
    }
    this.#underWaySeqs.push(seq);
    return true;
  }

  /** The reader has everything up to `seq`; a number that was never sent brings no more credit than what was. */
  acknowledge(seq: number): void {
    this.#underWaySeqs = this.#underWaySeqs.filter((sent) => sent > seq);
  }
}
