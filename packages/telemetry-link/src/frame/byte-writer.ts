/** The longest varint of a whole number up to 2^53 - 1. */
export const LARGEST_VARINT_BYTES = 8;

/**
 * Numbers as bytes, one after another, into room that the caller has measured: nothing is checked here, for every sample passes through
 * several times. Writing past the room would lose bytes silently; `encodeFrame` sizes it by the most that a sample can take.
 */
export class ByteWriter {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(room: Uint8Array) {
    this.#bytes = room;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, on the room's memory. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Seven bits a byte, lowest first, the eighth set while more follow. Whole numbers from 0 to 2^53 - 1. */
  varint(value: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    // Beyond 31 bits the shifts of JavaScript wrap: divide instead.
    while (rest > 0x7fff_ffff) {
      bytes[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#length = at;
  }

  /** A whole number of either sign, below 2^52 in size: 0, -1, 1, -2, … as 0, 1, 2, 3, … */
  signed(value: number): void {
    this.varint(zigzag(value));
  }
}

export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(coded: number): number {
  return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
}
