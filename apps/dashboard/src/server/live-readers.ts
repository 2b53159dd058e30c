import { FrameCredit, FrameHistory } from '@fluidscope/live-view';
import type { PushListener, PushReader } from '@fluidscope/telemetry-link';
import { z } from 'zod';

/** 400 ms of frames on the way: more would be shown too late to be live. */
const MAX_UNDER_WAY_COUNT = 8;
/** A minute of frames for who comes or comes back. */
const HISTORY = { capCount: 1_200, capChars: 8_000_000 } as const;
/** What the operating system does not take at once; beyond it a reader gets no frame, whatever it acknowledged. */
const MAX_BUFFERED_BYTES = 1_000_000;

const REQUEST = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resume'), session: z.string().max(100).nullable(), after_seq: z.int() }),
  z.object({ type: z.literal('ack'), seq: z.int() }),
]);

interface Reader {
  readonly push: PushReader;
  readonly credit: FrameCredit;
  /** It said where it wants to go on, and has what came before. */
  isResumed: boolean;
}

export interface ReadersFigures {
  readonly readersCount: number;
  readonly sentCount: number;
  readonly droppedCount: number;
  readonly historyChars: number;
}

/** Who looks, and which frames each gets. What one reader does not take costs it frames, and nobody else anything. */
export class LiveReaders {
  readonly #session: string;
  readonly #history = new FrameHistory(HISTORY);
  readonly #readers = new Set<Reader>();
  #about = '';
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
    for (const reader of this.#readers) {
      if (!reader.isResumed) continue;
      const isTaken = reader.push.bufferedBytes <= MAX_BUFFERED_BYTES && reader.credit.take(seq);
      if (isTaken) {
        reader.push.send(text);
        this.#sentCount += 1;
      } else this.#droppedCount += 1;
    }
  }

  readonly onReader = (push: PushReader): PushListener => {
    const reader: Reader = { push, credit: new FrameCredit(MAX_UNDER_WAY_COUNT), isResumed: false };
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
    if (reader.isResumed) return 'expected one resume';
    reader.isResumed = true;
    const isSameSession = request.session === this.#session;
    const { texts, missingCount } = this.#history.after(isSameSession ? request.after_seq : -1);
    reader.push.send(`{"type":"history","missing_count":${missingCount},"frames":[${texts.join(',')}]}`);
    return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
