import { LARGEST_EVENT_BYTES, type EventParser, type EventSink } from './event-parser.js';
import { LineSplitter, type LineSink } from './line-splitter.js';
import { StreamProblem } from './stream-problem.js';

const COLON = 58;
const SPACE = 32;
const LF = 10;
const NO_BYTES = Buffer.alloc(0);

/**
 * Server-sent events (WHATWG HTML, section 9.2.6) over bytes, without making a string of anything but an
 * event's name: the payload is handed on as a range of the bytes that were read.
 *
 * Beside the standard: an event whose data is empty is a keep-alive and is dropped; a line `error: …` (older
 * llama.cpp servers) is data of an event named `error`; an event that the stream's end cut off before its
 * blank line is handed on by `end`, since servers leave the last blank line out.
 */
export class SseParser implements EventParser, LineSink {
  readonly endingBytes = 2;
  readonly #sink: EventSink;
  readonly #largestEventBytes: number;
  readonly #lines: LineSplitter;
  #name = '';
  #dataLinesCount = 0;
  #data: Buffer = NO_BYTES;
  #dataStart = 0;
  #dataEnd = 0;

  constructor(sink: EventSink, largestEventBytes: number = LARGEST_EVENT_BYTES) {
    this.#sink = sink;
    this.#largestEventBytes = largestEventBytes;
    this.#lines = new LineSplitter(this, largestEventBytes);
  }

  feed(bytes: Buffer): void {
    this.#lines.feed(bytes);
  }

  end(): void {
    this.#lines.end();
    this.#dispatch();
  }

  startOfWhole(bytes: Buffer): number {
    const end = bytes.length - 2;
    const isWhole = isDataLine(bytes, 0, end) && bytes[end] === LF && bytes[end + 1] === LF;
    const isBetween = this.#dataLinesCount === 0 && this.#name === '' && this.#lines.isBetweenLines;
    return isWhole && isBetween ? afterColon(bytes, 4, end) : -1;
  }

  onLine(bytes: Buffer, start: number, end: number): void {
    if (start === end) this.#dispatch();
    else if (isDataLine(bytes, start, end)) this.#addData(bytes, afterColon(bytes, start + 4, end), end);
    else if (bytes[start] !== COLON) this.#otherField(bytes, start, end);
  }

  #otherField(bytes: Buffer, start: number, end: number): void {
    const found = bytes.indexOf(COLON, start);
    const nameEnd = found === -1 || found > end ? end : found;
    const field = bytes.toString('latin1', start, nameEnd);
    const valueStart = nameEnd === end ? end : afterColon(bytes, nameEnd, end);
    if (field === 'event') {
      this.#name = bytes.toString('utf8', valueStart, end);
    } else if (field === 'error') {
      this.#name = 'error';
      this.#addData(bytes, valueStart, end);
    } else if (field === 'data') {
      this.#addData(bytes, end, end);
    }
    // `id` and `retry` speak of reconnecting, which a measurement never does; unknown fields are ignored.
  }

  #addData(bytes: Buffer, start: number, end: number): void {
    this.#dataLinesCount += 1;
    if (this.#dataLinesCount === 1) {
      this.#data = bytes;
      this.#dataStart = start;
      this.#dataEnd = end;
      return;
    }
    const heldBytes = this.#dataEnd - this.#dataStart;
    const neededBytes = heldBytes + 1 + end - start;
    if (neededBytes > this.#largestEventBytes) {
      throw new StreamProblem(
        'protocol',
        `Expected events of at most ${this.#largestEventBytes} bytes but received a longer one`,
      );
    }
    // From its second line on, an event owns a buffer of its own that doubles: many short lines stay linear.
    if (this.#dataLinesCount === 2 || neededBytes > this.#data.length) {
      const grown = Buffer.allocUnsafeSlow(2 * neededBytes);
      this.#data.copy(grown, 0, this.#dataStart, this.#dataEnd);
      this.#data = grown;
      this.#dataStart = 0;
    }
    this.#data[heldBytes] = LF;
    bytes.copy(this.#data, heldBytes + 1, start, end);
    this.#dataEnd = neededBytes;
  }

  #dispatch(): void {
    const data = this.#data;
    const start = this.#dataStart;
    const end = this.#dataEnd;
    const name = this.#name;
    this.#name = '';
    if (this.#dataLinesCount === 0) return;
    this.#dataLinesCount = 0;
    this.#data = NO_BYTES;
    this.#dataStart = 0;
    this.#dataEnd = 0;
    if (end > start) this.#sink.onEvent(data, start, end, name);
  }
}

/** `data:…`: four letters compared one by one, because this runs once an event. */
function isDataLine(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start > 4 &&
    bytes[start] === 100 &&
    bytes[start + 1] === 97 &&
    bytes[start + 2] === 116 &&
    bytes[start + 3] === 97 &&
    bytes[start + 4] === COLON
  );
}

/** Where a field's value starts: one space after the colon belongs to the colon. */
function afterColon(bytes: Buffer, colon: number, end: number): number {
  return colon + 1 < end && bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
}
