import { LARGEST_EVENT_BYTES, type EventParser, type EventSink } from './event-parser.js';
import { LineSplitter, type LineSink } from './line-splitter.js';

const LF = 10;

/** One JSON value a line (Ollama). Empty lines are dropped; the last line needs no ending. */
export class NdjsonParser implements EventParser, LineSink {
  readonly endingBytes = 1;
  readonly #sink: EventSink;
  readonly #lines: LineSplitter;

  constructor(sink: EventSink, largestEventBytes: number = LARGEST_EVENT_BYTES) {
    this.#sink = sink;
    this.#lines = new LineSplitter(this, largestEventBytes);
  }

  feed(bytes: Buffer): void {
    this.#lines.feed(bytes);
  }

  end(): void {
    this.#lines.end();
  }

  startOfWhole(bytes: Buffer): number {
    return this.#lines.isBetweenLines && bytes[bytes.length - 1] === LF ? 0 : -1;
  }

  onLine(bytes: Buffer, start: number, end: number): void {
    if (end > start) this.#sink.onEvent(bytes, start, end, '');
  }
}
