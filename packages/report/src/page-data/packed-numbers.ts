/**
 * Whole numbers as text: each zigzag-coded into as few 7-bit groups as it needs, the bytes then in base64. A token's time takes two bytes
 * instead of eight. Exact up to 2^52 either way.
 */
export function packNumbers(values: Iterable<number>): string {
  const bytes = new GrowingBytes();
  for (const value of values) pushNumber(bytes, value);
  return toBase64(bytes.finish());
}

/** The same of the differences, for what changes little from one to the next. */
export function packDeltas(values: Iterable<number>): string {
  return packNumbers(deltasOf(values));
}

export function unpackNumbers(text: string): Float64Array {
  const bytes = fromBase64(text);
  let count = 0;
  for (const byte of bytes) if (byte < 128) count += 1;
  const values = new Float64Array(count);
  let [at, group, scale] = [0, 0, 1];
  for (const byte of bytes) {
    group += (byte & 127) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    values[at] = group % 2 === 0 ? group / 2 : -(group + 1) / 2;
    [at, group, scale] = [at + 1, 0, 1];
  }
  return values;
}

export function unpackDeltas(text: string): Float64Array {
  const values = unpackNumbers(text);
  for (let index = 1; index < values.length; index += 1)
    values[index] = (values[index - 1] ?? 0) + (values[index] ?? 0);
  return values;
}

function* deltasOf(values: Iterable<number>): Generator<number> {
  let previous = 0;
  for (const value of values) {
    yield value - previous;
    previous = value;
  }
}

function pushNumber(bytes: GrowingBytes, value: number): void {
  if (!Number.isSafeInteger(value))
    throw new RangeError(`Expected a whole number to pack but received ${value}`);
  let rest = value >= 0 ? 2 * value : -2 * value - 1;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

class GrowingBytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Neither Node's nor the browser's own: this runs in both, and in neither's types. */
function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3);
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    parts.push(
      digit(bits >> 18) +
        digit(bits >> 12) +
        (second === undefined ? '=' : digit(bits >> 6)) +
        (third === undefined ? '=' : digit(bits)),
    );
  }
  return parts.join('');
}

function digit(bits: number): string {
  return DIGITS[bits & 63] ?? '';
}

function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.replace(/=+$/, '').length * 3) / 4));
  let [bits, held] = [0, 0];
  for (let index = 0, at = 0; at < bytes.length; index += 1) {
    bits = ((bits << 6) | (VALUES[text.charCodeAt(index)] ?? 0)) & 0xff_ffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 255;
    at += 1;
  }
  return bytes;
}

/** By character code. */
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value += 1) VALUES[DIGITS.charCodeAt(value)] = value;
