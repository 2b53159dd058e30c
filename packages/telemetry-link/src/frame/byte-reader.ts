import { unzigzag } from './byte-writer.js';
import { frameError } from './frame-error.js';

/** Reads numbers from bytes of unknown origin. Reading past the end, or a number that is too large, throws `link.bad-frame`. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  get at(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#end) throw frameError('it ends too early');
    return this.#bytes[this.#at++] ?? 0;
  }

  /** The next `count` bytes as a reader of their own. */
  part(count: number): ByteReader {
    return new ByteReader(this.#bytes, this.#take(count), this.#at);
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
      if (scale > 2 ** 49) throw frameError('a number is too long');
    }
    if (!Number.isSafeInteger(value)) throw frameError('a number is too large');
    return value;
  }

  signed(): number {
    return unzigzag(this.varint());
  }

  requireEnd(name: string): void {
    if (this.remaining !== 0) throw frameError(`${name} has ${this.remaining} bytes too many`);
  }

  #take(count: number): number {
    if (this.remaining < count) throw frameError('it ends too early');
    const from = this.#at;
    this.#at += count;
    return from;
  }
}
