import * as zlib from 'node:zlib';
import type { Transform } from 'node:stream';
import { messageOf } from '@fluidscope/errors';
import type { ReadStamp } from './stamped-sockets.js';
import { StreamProblem } from './stream-problem.js';

/** Compressed bytes that may wait: they arrive at the network's pace, and nothing slows the server down. */
const MOST_WAITING_BYTES = 64 * 1_024 * 1_024;

export interface DecompressorSink {
  /** Plain bytes, stamped like the compressed bytes that released them. */
  onPlain(bytes: Buffer, stamp: ReadStamp): void;
  /** Everything before the end was handed on; the problem, if the bytes were not what their encoding says. */
  onPlainEnd(problem: StreamProblem | undefined): void;
}

interface Compressed {
  readonly bytes: Buffer;
  readonly stamp: ReadStamp;
}

/**
 * Decompresses a body as it streams: each write is flushed, so that a token is out as soon as its bytes are in.
 *
 * zlib works on another thread, so plain bytes come back in a later turn of the loop, where they must not get
 * a stamp of their own. One write is under way at a time, and what comes out during it takes its stamp.
 */
export class Decompressor {
  readonly #encoding: string;
  readonly #sink: DecompressorSink;
  readonly #waiting: Compressed[] = [];
  #waitingBytes = 0;
  #transform: Transform | undefined;
  #current: Compressed | undefined;
  #endAsked = false;
  #over = false;

  constructor(encoding: string, sink: DecompressorSink) {
    this.#encoding = encoding;
    this.#sink = sink;
  }

  push(bytes: Buffer, stamp: ReadStamp): void {
    this.#waiting.push({ bytes, stamp });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      this.#finish(
        new StreamProblem('protocol', `Expected a body in ${this.#encoding} no faster than it can be read`),
      );
    }
    this.#writeNext();
  }

  /** No more bytes come, cleanly or not; `onPlainEnd` follows once what came is through. */
  end(): void {
    this.#endAsked = true;
    this.#writeNext();
  }

  destroy(): void {
    this.#over = true;
    this.#transform?.destroy();
  }

  #writeNext(): void {
    if (this.#current !== undefined || this.#over) return;
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) {
      if (this.#endAsked) this.#finish(undefined);
      return;
    }
    const { bytes } = this.#current;
    this.#waitingBytes -= bytes.length;
    this.#transform ??= this.#start(bytes);
    this.#transform?.write(bytes, () => {
      this.#current = undefined;
      this.#writeNext();
    });
  }

  #start(firstBytes: Buffer): Transform | undefined {
    const transform = createTransform(this.#encoding, firstBytes);
    if (transform === undefined) {
      this.#finish(new StreamProblem('protocol', unreadable(this.#encoding)));
      return undefined;
    }
    transform.on('data', (plain: Buffer) => {
      const stamp = this.#current?.stamp;
      if (stamp !== undefined && !this.#over) this.#sink.onPlain(plain, stamp);
    });
    transform.on('error', (error) => {
      const message = `Expected a body in ${this.#encoding} but received other bytes (${messageOf(error)})`;
      this.#finish(new StreamProblem('protocol', message));
    });
    return transform;
  }

  #finish(problem: StreamProblem | undefined): void {
    if (this.#over) return;
    this.destroy();
    this.#sink.onPlainEnd(problem);
  }
}

function unreadable(encoding: string): string {
  return (
    `Expected a body without compression (accept-encoding: identity) but received the content-encoding ` +
    `"${encoding}", which this Node ${process.versions.node} cannot read`
  );
}

function createTransform(encoding: string, firstBytes: Buffer): Transform | undefined {
  const flush = zlib.constants.Z_SYNC_FLUSH;
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip({ flush });
    case 'deflate':
      // Named after zlib's wrapper, but some servers send the bare format: the wrapper's method nibble is 8.
      return ((firstBytes[0] ?? 0) & 0x0f) === 8
        ? zlib.createInflate({ flush })
        : zlib.createInflateRaw({ flush });
    case 'br':
      return zlib.createBrotliDecompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH });
    case 'zstd':
      return createZstd();
    default:
      return undefined;
  }
}

/** Node has zstd from 22.15 on, and its types for 20 do not name it. */
function createZstd(): Transform | undefined {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return typeof create === 'function' ? (create as () => Transform)() : undefined;
}
