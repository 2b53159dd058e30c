import { bodyMessage } from './server-message.js';

/** An error's explanation fits in this; the rest of a long page is not read. */
const LONGEST_BODY_BYTES = 64 * 1_024;

/** Collects the body of a response that is not a success, for its message. */
export class ErrorBody {
  readonly #pieces: Buffer[] = [];
  #keptBytes = 0;

  feed(bytes: Buffer): void {
    if (this.isFull) return;
    const piece = bytes.subarray(0, LONGEST_BODY_BYTES - this.#keptBytes);
    this.#pieces.push(piece);
    this.#keptBytes += piece.length;
  }

  get isFull(): boolean {
    return this.#keptBytes >= LONGEST_BODY_BYTES;
  }

  /** What a person would read in it; `undefined` for an empty body. */
  message(): string | undefined {
    return bodyMessage(Buffer.concat(this.#pieces).toString('utf8'));
  }
}
