import { FrameCredit, FrameHistory } from '@fluidscope/live-view';
import type { PushListener, PushReader } from '@fluidscope/telemetry-link';
import { z } from 'zod';

/** 400 ms of frames on the way: more would be shown too late to be live. */
const MAX_UNDER_WAY_COUNT = 8;
/** A minute of frames for who comes or comes back. */
const HISTORY = { capCount: 1_200, capChars: 8_000_000 } as const;
/** 5 s of what a reader did not keep up with are made up for in one piece; older frames stay gone for it. */
const MAX_MADE_UP_COUNT = 100;
/** What the operating system does not take at once; beyond it a reader gets no frame, whatever it acknowledged. */
const MAX_BUFFERED_BYTES = 1_000_000;

const REQUEST = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resume'), session: z.string().max(100).nullable(), after_seq: z.int() }),
  z.object({ type: z.literal('ack'), seq: z.int() }),
]);

interface Reader {
  readonly push: PushReader;
  readonly credit: FrameCredit;
  /** The last frame that it was sent; `undefined` before it said where it wants to go on. */
  sentSeq: number | undefined;
}

export interface ReadersFigures {
  readonly readersCount: number;
  /** Messages with frames. */
  readonly sentCount: number;
  /** Frames that could not go to a reader when they were made; those of the last seconds are made up for once it keeps up. */
  readonly droppedCount: number;
  readonly historyChars: number;
}

/** Who looks, and which frames each gets. What one reader does not take costs it frames, and nobody else anything. */
export class LiveReaders {
  readonly #session: string;
  readonly #history = new FrameHistory(HISTORY);
  readonly #readers = new Set<Reader>();
  #about = '';
  #newestSeq = -1;
  #sentCount = 0;
  #droppedCount = 0;

  constructor(session: string) {
    this.#session = session;
  }

  get figures(): ReadersFigures {
    return {
      readersCount: this.#readers.size,
      sentCount: this.#sentCount,
      droppedCount: this.#droppedCount,
      historyChars: this.#history.chars,
    };
  }

  /** Tells all readers, and each that comes later. */
  setAbout(text: string): void {
    this.#about = text;
    for (const { push } of this.#readers) push.send(text);
  }

  addFrame(seq: number, text: string): void {
    this.#history.add(seq, text);
    this.#newestSeq = seq;
    for (const reader of this.#readers) {
      if (reader.sentSeq === undefined) continue;
      const isTaken = reader.push.bufferedBytes <= MAX_BUFFERED_BYTES && reader.credit.take(seq);
      if (!isTaken) {
        this.#droppedCount += 1;
        continue;
      }
      if (reader.sentSeq === seq - 1) reader.push.send(text);
      else reader.push.send(historyText(this.#history.after(reader.sentSeq, MAX_MADE_UP_COUNT)));
      reader.sentSeq = seq;
      this.#sentCount += 1;
    }
  }

  readonly onReader = (push: PushReader): PushListener => {
    const reader: Reader = { push, credit: new FrameCredit(MAX_UNDER_WAY_COUNT), sentSeq: undefined };
    this.#readers.add(reader);
    push.send(this.#about);
    return {
      onText: (text) => this.#take(reader, text),
      onClosed: () => void this.#readers.delete(reader),
    };
  };

  #take(reader: Reader, text: string): string | undefined {
    const read = REQUEST.safeParse(jsonOf(text));
    if (!read.success) return 'expected resume or ack';
    const request = read.data;
    if (request.type === 'ack') {
      reader.credit.acknowledge(request.seq);
      return undefined;
    }
    if (reader.sentSeq !== undefined) return 'expected one resume';
    const isSameSession = request.session === this.#session;
    reader.push.send(historyText(this.#history.after(isSameSession ? request.after_seq : -1)));
    reader.sentSeq = this.#newestSeq;
    return undefined;
  }
}

function historyText(frames: readonly string[]): string {
  return `{"type":"history","frames":[${frames.join(',')}]}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
