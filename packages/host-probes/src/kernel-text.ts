const NEWLINE = 0x0a;
const BLANK = 0x20;
const TAB = 0x09;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;

/** Digits of 64 bits. */
const MAX_DIGITS_COUNT = 20;
/** Up to so many digits a sum of them is exact; beyond it JavaScript's own reading rounds once, as it should. */
const EXACT_DIGITS_COUNT = 15;

/** The bytes of a word that the kernel prints, to be found again. */
export function bytesOf(word: string): Uint8Array {
  return Buffer.from(word, 'latin1');
}

/**
 * What the kernel printed, read from left to right without making strings of it: thirty files are read twenty times a second. Words stand
 * between blanks, and no call but `nextLine` leaves the line.
 */
export class KernelText {
  readonly #bytes: Buffer;
  #end: number;
  #at = 0;

  /** Reads the first `length` of the bytes. */
  constructor(bytes: Buffer, length = bytes.length) {
    this.#bytes = bytes;
    this.#end = length;
  }

  /** Another text in the same memory, from its start. */
  begin(length: number): void {
    this.#end = length;
    this.#at = 0;
  }

  /** Goes to the start of the next line; false where there is none. */
  nextLine(): boolean {
    const found = this.#bytes.indexOf(NEWLINE, this.#at);
    if (found < 0 || found + 1 >= this.#end) {
      this.#at = this.#end;
      return false;
    }
    this.#at = found + 1;
    return true;
  }

  /** The byte here, or `undefined` at the end of the text. */
  get byte(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  get isAtLineEnd(): boolean {
    return this.#at >= this.#end || this.#bytes[this.#at] === NEWLINE;
  }

  get isAtBlank(): boolean {
    const { byte } = this;
    return byte === BLANK || byte === TAB;
  }

  isAt(word: Uint8Array): boolean {
    if (this.#at + word.length > this.#end) return false;
    for (let index = 0; index < word.length; index++) {
      if (this.#bytes[this.#at + index] !== word[index]) return false;
    }
    return true;
  }

  /** Whether exactly this name stands here: `pgscan_direct` is not the beginning of `pgscan_direct_throttle`. */
  isAtName(name: Uint8Array): boolean {
    if (!this.isAt(name)) return false;
    const after = this.#at + name.length;
    return after >= this.#end || isBetween(this.#bytes[after]) || this.#bytes[after] === COLON;
  }

  /** Goes on behind the word if it stands here; says whether it did. */
  take(word: Uint8Array): boolean {
    if (!this.isAt(word)) return false;
    this.#at += word.length;
    return true;
  }

  skipBlanks(): void {
    while (this.isAtBlank) this.#at += 1;
  }

  /** Goes behind the rest of this word and the blanks after it. */
  skipWord(): void {
    while (!this.isAtBlank && !this.isAtLineEnd) this.#at += 1;
    this.skipBlanks();
  }

  skipWords(count: number): void {
    for (let skipped = 0; skipped < count; skipped++) this.skipWord();
  }

  /**
   * The word here as a counter as the kernel prints it (decimal digits, up to 64 bits), or `undefined` for anything else. Goes behind it
   * and the blanks after it either way.
   */
  counter(): number | undefined {
    const start = this.#at;
    let value = 0;
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
      this.#at += 1;
    }
    const digitsCount = this.#at - start;
    const isWhole = this.isAtBlank || this.isAtLineEnd;
    if (!isWhole || digitsCount === 0 || digitsCount > MAX_DIGITS_COUNT) {
      this.skipWord();
      return undefined;
    }
    if (digitsCount > EXACT_DIGITS_COUNT) value = Number(this.#slice(start, this.#at));
    this.skipBlanks();
    return value;
  }

  /** Goes behind the last place in the text where `byte` stands; false where it stands nowhere. */
  goBehindLast(byte: number): boolean {
    const found = this.#end === 0 ? -1 : this.#bytes.lastIndexOf(byte, this.#end - 1);
    if (found < 0) return false;
    this.#at = found + 1;
    return true;
  }

  /** The word here as text, without going on. */
  word(): string {
    let end = this.#at;
    while (end < this.#end && !isBetween(this.#bytes[end])) end += 1;
    return this.#slice(this.#at, end);
  }

  /** From here to the end of the line, as text, without going on. */
  line(): string {
    const found = this.#bytes.indexOf(NEWLINE, this.#at);
    return this.#slice(this.#at, found < 0 || found > this.#end ? this.#end : found);
  }

  #slice(start: number, end: number): string {
    return this.#bytes.toString('latin1', start, end);
  }
}

function isBetween(byte: number | undefined): boolean {
  return byte === BLANK || byte === TAB || byte === NEWLINE;
}
