import { StreamProblem } from './stream-problem.js';

const LF = 10;
const CR = 13;
const SMALLEST_CARRY_BYTES = 1_024;
const NO_BYTES = Buffer.alloc(0);

/** A line without its ending is `bytes[start, end)`. The bytes are never written again and may be kept. */
export interface LineSink {
  onLine(bytes: Buffer, start: number, end: number): void;
}

/**
 * Cuts a byte stream into lines that end in LF, CR or CRLF, in any mixture, wherever the reads cut it.
 *
 * A line within one read is handed on in place; only a line that spans reads is copied, once. Every byte is
 * looked at once for each of the two endings, so a stream of one-byte reads costs no more than linear time.
 * A CRLF cut between its two bytes is one ending: the CR already ended the line, and the LF is swallowed.
 */
export class LineSplitter {
  readonly #sink: LineSink;
  readonly #longestLineBytes: number;
  #carry = NO_BYTES;
  #carriedBytes = 0;
  #swallowLf = false;

  constructor(sink: LineSink, longestLineBytes: number) {
    this.#sink = sink;
    this.#longestLineBytes = longestLineBytes;
  }

  /** Throws `StreamProblem` on a line beyond the limit: memory is bounded by the limit, not by the server. */
  feed(bytes: Buffer): void {
    let start = this.#afterCutCrLf(bytes);
    let lf = bytes.indexOf(LF, start);
    let cr = bytes.indexOf(CR, start);
    while (lf !== -1 || cr !== -1) {
      const isCr = lf === -1 || (cr !== -1 && cr < lf);
      const end = isCr ? cr : lf;
      const next = isCr && end + 1 === lf ? lf + 1 : end + 1;
      this.#swallowLf = isCr && next === bytes.length && lf === -1;
      this.#endLine(bytes, start, end);
      start = next;
      if (lf !== -1 && lf < start) lf = bytes.indexOf(LF, start);
      if (cr !== -1 && cr < start) cr = bytes.indexOf(CR, start);
    }
    if (start < bytes.length) this.#keep(bytes, start, bytes.length);
  }

  /** Nothing is kept of a line, and the last one's ending is whole. */
  get isBetweenLines(): boolean {
    return this.#carriedBytes === 0 && !this.#swallowLf;
  }

  /** Hands on a last line that has no ending. */
  end(): void {
    if (this.#carriedBytes > 0) this.#endLine(NO_BYTES, 0, 0);
  }

  /** Where to start: past the LF of a CRLF whose CR ended the read before. */
  #afterCutCrLf(bytes: Buffer): number {
    if (!this.#swallowLf || bytes.length === 0) return 0;
    this.#swallowLf = false;
    return bytes[0] === LF ? 1 : 0;
  }

  #endLine(bytes: Buffer, start: number, end: number): void {
    if (this.#carriedBytes === 0) {
      this.#sink.onLine(bytes, start, end);
      return;
    }
    this.#keep(bytes, start, end);
    const line = this.#carry;
    const lineBytes = this.#carriedBytes;
    // A fresh buffer for the next line: the sink may keep this one until its event is complete.
    this.#carry = NO_BYTES;
    this.#carriedBytes = 0;
    this.#sink.onLine(line, 0, lineBytes);
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const neededBytes = this.#carriedBytes + end - start;
    if (neededBytes > this.#longestLineBytes) {
      throw new StreamProblem(
        'protocol',
        `Expected events of at most ${this.#longestLineBytes} bytes but received a longer one`,
      );
    }
    if (neededBytes > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(SMALLEST_CARRY_BYTES, 2 * neededBytes));
      this.#carry.copy(grown, 0, 0, this.#carriedBytes);
      this.#carry = grown;
    }
    bytes.copy(this.#carry, this.#carriedBytes, start, end);
    this.#carriedBytes = neededBytes;
  }
}
