/** Frames as text, for readers that come later or come back: the last ones within a count and a size. */
export class FrameHistory {
  readonly #capCount: number;
  readonly #capChars: number;
  readonly #texts: string[] = [];
  #firstSeq = 0;
  #chars = 0;

  constructor({ capCount, capChars }: { readonly capCount: number; readonly capChars: number }) {
    this.#capCount = capCount;
    this.#capChars = capChars;
  }

  get chars(): number {
    return this.#chars;
  }

  /** Frames follow each other by `seq`. */
  add(seq: number, text: string): void {
    if (this.#texts.length === 0) this.#firstSeq = seq;
    this.#texts.push(text);
    this.#chars += text.length;
    while (this.#texts.length > this.#capCount || (this.#chars > this.#capChars && this.#texts.length > 1)) {
      this.#chars -= this.#texts.shift()?.length ?? 0;
      this.#firstSeq += 1;
    }
  }

  /** The frames after `seq` that are kept, oldest first, and of those the last `count`. Which are gone, their numbers tell. */
  after(seq: number, count = Infinity): readonly string[] {
    const from = Math.max(0, seq + 1 - this.#firstSeq, this.#texts.length - count);
    return this.#texts.slice(from);
  }
}
