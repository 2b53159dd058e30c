import { Duplex } from 'node:stream';
import type { ArrivalStamp } from './arrival-stamp.js';
import type { ConnectionFigures } from './connection-figures.js';
import { StampRuns } from './stamp-runs.js';

/** What a socket asks of whoever holds the native side. */
export interface SocketDriver {
  write(socket: ArrivalSocket, bytes: Uint8Array): boolean;
  finishWriting(socket: ArrivalSocket): void;
  setReading(socket: ArrivalSocket, reads: boolean): void;
  setHolding(socket: ArrivalSocket, holds: boolean): void;
  info(socket: ArrivalSocket): ConnectionFigures | undefined;
  release(socket: ArrivalSocket): void;
}

/** Where a socket is connected to. */
export interface Place {
  readonly address: string;
  readonly family: number;
  readonly port: number;
}

/**
 * A TCP connection as a stream. Each `read` returns bytes of one stamp, at most, and `readStamp` is theirs until the next: while a reader
 * that reads in a loop, as undici and Node's TLS do, handles what it has read, the stamp at hand is exact. Bytes may lie in
 * the stream for long, so the stamp is found by their place in it and never by what arrived last.
 *
 * A reader that waits for `readable` and reads at once, as undici does, gets what arrived past the stream's own queue: that queue costs
 * more than all else that happens to a token on its way here. Whoever reads later, or some of the bytes, finds them in the queue.
 */
export class ArrivalSocket extends Duplex {
  readonly #driver: SocketDriver;
  readonly #runs = new StampRuns();
  #place: Place | undefined;
  #isPaused = false;
  /** What is offered past the queue while `readable` is told. */
  #offered: Buffer | undefined;
  #isOffering = false;
  #finishWrite: ((error?: Error | null) => void) | undefined;

  constructor(driver: SocketDriver) {
    super({ allowHalfOpen: false });
    this.#driver = driver;
  }

  /** The stamp of the bytes that were read or emitted last. */
  get readStamp(): ArrivalStamp | undefined {
    return this.#runs.readStamp;
  }

  get connecting(): boolean {
    return this.#place === undefined && !this.destroyed;
  }

  /** These three as Node's own sockets have them; `undefined` before it is connected. */
  get remoteAddress(): string | undefined {
    return this.#place?.address;
  }

  get remoteFamily(): string | undefined {
    return this.#place && `IPv${this.#place.family}`;
  }

  get remotePort(): number | undefined {
    return this.#place?.port;
  }

  /** `undefined` before it is connected and after it is closed. */
  figures(): ConnectionFigures | undefined {
    return this.#driver.info(this);
  }

  /** The event loop stays alive for this socket. */
  ref(): this {
    this.#driver.setHolding(this, true);
    return this;
  }

  unref(): this {
    this.#driver.setHolding(this, false);
    return this;
  }

  override read(mostBytes?: number): unknown {
    if (this.#isOffering) {
      const offered = this.#offered;
      if (mostBytes === undefined) {
        this.#offered = undefined;
        if (offered !== undefined) return offered;
        if (this.#runs.isEmpty) return null;
      }
      this.#queueOffered(this.readStamp);
    }
    return this.#runs.read(mostBytes, (wantedBytes) => super.read(wantedBytes) as Buffer | null);
  }

  override unshift(bytes: Buffer): void {
    this.#runs.putBack(bytes.length, this.readStamp);
    super.unshift(bytes);
  }

  /** The native side: connected. */
  connected(place: Place): void {
    this.#place = place;
    if (this.#isPaused) this.#driver.setReading(this, false);
    this.emit('connect');
    this.emit('ready');
  }

  /** The native side: bytes, in order. */
  arrived(bytes: Buffer, stamp: ArrivalStamp): void {
    if (this.destroyed) return;
    if (this.#isAwaited) this.#offer(bytes, stamp);
    else this.#queue(bytes, stamp);
  }

  /** The native side: the peer sends no more. */
  ended(): void {
    this.push(null);
  }

  /** The native side: what was kept of a write has left. */
  drained(): void {
    const finish = this.#finishWrite;
    this.#finishWrite = undefined;
    finish?.();
  }

  override _read(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#driver.setReading(this, true);
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#whenConnected(() => this.#send(bytes, done));
  }

  override _writev(parts: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(parts.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenConnected(() => {
      this.#driver.finishWriting(this);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#driver.release(this);
    this.#runs.clear();
    this.#finishWrite = undefined;
    done(error);
  }

  /** Whether somebody waits for bytes who is told of them by `readable`. */
  get #isAwaited(): boolean {
    return (
      this.readableFlowing === false &&
      this.#runs.isEmpty &&
      !this.#isOffering &&
      this.readableEncoding === null &&
      this.listenerCount('readable') > 0
    );
  }

  #offer(bytes: Buffer, stamp: ArrivalStamp): void {
    const before = this.#runs.readStamp;
    this.#runs.readStamp = stamp;
    this.#offered = bytes;
    this.#isOffering = true;
    try {
      this.emit('readable');
    } finally {
      this.#isOffering = false;
      this.#queueOffered(stamp, before);
    }
  }

  /** What was not read at once lies in the queue like everything else, also when a listener threw. */
  #queueOffered(stamp: ArrivalStamp | undefined, before?: ArrivalStamp): void {
    const bytes = this.#offered;
    if (bytes === undefined || stamp === undefined) return;
    this.#offered = undefined;
    this.#runs.readStamp = before;
    if (!this.destroyed) this.#queue(bytes, stamp);
  }

  #queue(bytes: Buffer, stamp: ArrivalStamp): void {
    const wantsMore = this.#runs.push(
      bytes.length,
      stamp,
      () => this.push(bytes),
      () => this.readableLength === 0,
    );
    if (wantsMore || this.#isPaused) return;
    this.#isPaused = true;
    this.#driver.setReading(this, false);
  }

  #whenConnected(act: () => void): void {
    if (this.#place === undefined) this.once('connect', act);
    else act();
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#driver.write(this, bytes)) done();
    else this.#finishWrite = done;
  }
}
