import type { StampSource } from '@fluidscope/trace-schema';
import type { RunNs } from '@fluidscope/units';
import type { Arrivals, ArrivalTaker } from './arrivals.js';
import { Decompressor, type DecompressorSink } from './decompressor.js';
import type { ReadStamp } from './stamped-sockets.js';
import type { StreamProblem } from './stream-problem.js';

/** Who makes sense of a body's plain bytes. */
export interface BodyReader {
  /** May throw a `StreamProblem`, or whatever the observer throws. */
  feed(bytes: Buffer, arrivalNs: RunNs, errorNs: number, source: StampSource): void;
}

/** What a body tells its exchange. Nothing more is told after `close`. */
export interface BodyOwner {
  /** Bytes that arrived then were read. */
  onBodyRead(arrivalNs: RunNs): void;
  /** The bytes that arrived then could not be read, or reading them threw. */
  onBodyProblem(problem: unknown, arrivalNs: RunNs): void;
  /** All that came has been read, and no more comes. */
  onBodyEnd(): void;
}

export interface ResponseBodyOptions {
  readonly reader: BodyReader;
  readonly owner: BodyOwner;
  readonly arrivals: Arrivals;
  readonly contentEncoding: string;
}

/**
 * A response's body on its way from queued bytes to its reader, through decompression where the server
 * insists on it. Plain bytes go through the same queue as bytes from sockets: they come back from another
 * thread during a poll, where parsing them would hold up the stamps of other streams.
 */
export class ResponseBody implements ArrivalTaker, DecompressorSink {
  readonly #options: ResponseBodyOptions;
  readonly #decompressor: Decompressor | undefined;
  readonly #plain: ArrivalTaker;
  #problem: StreamProblem | undefined;
  #lastArrivalNs = 0 as RunNs;
  #closed = false;

  constructor(options: ResponseBodyOptions) {
    this.#options = options;
    const encoding = options.contentEncoding.trim().toLowerCase();
    this.#decompressor =
      encoding === '' || encoding === 'identity' ? undefined : new Decompressor(encoding, this);
    this.#plain = {
      takeBytes: (bytes, arrivalNs, errorNs, source) => {
        this.#read(bytes, arrivalNs, errorNs, source);
      },
      takeEnd: () => {
        this.#finish();
      },
    };
  }

  takeBytes(bytes: Buffer, arrivalNs: RunNs, errorNs: number, source: StampSource): void {
    if (this.#decompressor === undefined) this.#read(bytes, arrivalNs, errorNs, source);
    else if (!this.#closed) this.#decompressor.push(bytes, { arrivalNs, errorNs, source });
  }

  takeEnd(): void {
    if (this.#decompressor === undefined) this.#finish();
    else if (!this.#closed) this.#decompressor.end();
  }

  onPlain(bytes: Buffer, stamp: ReadStamp): void {
    this.#options.arrivals.pushStamped(this.#plain, bytes, stamp);
  }

  onPlainEnd(problem: StreamProblem | undefined): void {
    this.#problem = problem;
    this.#options.arrivals.pushEnd(this.#plain);
  }

  close(): void {
    this.#closed = true;
    this.#decompressor?.destroy();
  }

  #read(bytes: Buffer, arrivalNs: RunNs, errorNs: number, source: StampSource): void {
    if (this.#closed) return;
    this.#lastArrivalNs = arrivalNs;
    try {
      this.#options.reader.feed(bytes, arrivalNs, errorNs, source);
    } catch (error) {
      this.#options.owner.onBodyProblem(error, arrivalNs);
      return;
    }
    this.#options.owner.onBodyRead(arrivalNs);
  }

  #finish(): void {
    if (this.#closed) return;
    if (this.#problem === undefined) this.#options.owner.onBodyEnd();
    else this.#options.owner.onBodyProblem(this.#problem, this.#lastArrivalNs);
  }
}
