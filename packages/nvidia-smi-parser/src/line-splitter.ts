/** Longer than any line nvidia-smi prints; a line beyond it is thrown away, so that memory stays bounded. */
const MAX_LINE_LENGTH = 65_536;

/** Chunks of text in, whole lines out. */
export class LineSplitter {
  readonly #onTooLong: (start: string) => void;
  #rest = '';
  #skipping = false;

  constructor(onTooLong: (start: string) => void) {
    this.#onTooLong = onTooLong;
  }

  feed(chunk: string): string[] {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    if (this.#skipping && lines.length > 0) {
      lines.shift();
      this.#skipping = false;
    }
    if (this.#rest.length > MAX_LINE_LENGTH) {
      if (!this.#skipping) this.#onTooLong(this.#rest);
      this.#skipping = true;
    }
    if (this.#skipping) this.#rest = '';
    return lines;
  }

  /** The last line, when the text did not end with a line end. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' || this.#skipping ? [] : [rest];
  }
}
