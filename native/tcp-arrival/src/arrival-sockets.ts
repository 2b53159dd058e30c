import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { AddonAvailability, Reactor } from './addon.js';
import { loadAddon } from './addon.js';
import type { ConnectionFigures } from './connection-figures.js';
import { ArrivalSocket, type SocketDriver } from './arrival-socket.js';
import type { ArrivalStamp } from './arrival-stamp.js';
import { followStamps } from './follow-stamps.js';
import type { StampRuns } from './stamp-runs.js';
import type { Duplex } from 'node:stream';
import { socketError, triedAll } from './connect-error.js';

/** Addresses of a host, as `dns.lookup` gives them with `all`. */
export type LookupAll = (
  host: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: string | LookupAddress[]) => void,
) => void;

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupAll;
}

/** Where the next address is tried though this one has not answered; shorter than a busy loop may take would lie. */
const ATTEMPT_MS = 2_000;
const FIELDS_COUNT = 5;
const CONNECTED = 0;
const KERNEL_DATA = 1;
const USER_DATA = 2;
const END = 3;
const CLOSED = 4;

/**
 * Sockets that are read by a thread of their own: their stamps are right however busy JavaScript is.
 *
 * `originMonoNs`: the moment of CLOCK_MONOTONIC that stamps are relative to. One for each JavaScript thread.
 */
export class ArrivalSockets implements SocketDriver, Disposable {
  readonly #reactor: Reactor;
  readonly #sockets = new Map<number, ArrivalSocket>();
  readonly #ids = new Map<ArrivalSocket, number>();
  readonly #attempts = new Map<number, (errno: number) => void>();
  readonly #followers = new WeakMap<Duplex, StampRuns>();
  readonly #holding = new Set<ArrivalSocket>();
  #isClosed = false;

  private constructor(createReactor: (onWake: () => void) => Reactor) {
    this.#reactor = createReactor(() => this.#deliver());
  }

  /** Why there are none here, or the sockets. */
  static open(
    originMonoNs: bigint,
    availability: AddonAvailability = loadAddon(),
  ): ArrivalSockets | { readonly reason: string; readonly hint: string } {
    if (!availability.isAvailable) return availability;
    const { addon } = availability;
    return new ArrivalSockets((onWake) => new addon.Reactor(originMonoNs, onWake));
  }

  /** `connect` or `error` follows, never before this returns. Destroy it to give up. */
  connect(options: ConnectOptions): ArrivalSocket {
    const socket = new ArrivalSocket(this);
    this.setHolding(socket, true);
    const { host, port, lookup } = options;
    const family = isIP(host);
    const start = (addresses: readonly LookupAddress[]): void => {
      if (!socket.destroyed) this.#tryNext(socket, { port, addresses: interleaved(addresses), errors: [] });
    };
    if (family !== 0) queueMicrotask(() => start([{ address: host, family }]));
    else {
      lookup(host, { all: true }, (error, addresses) => {
        if (error !== null) socket.destroy(error);
        else
          start(
            typeof addresses === 'string' ? [{ address: addresses, family: isIP(addresses) }] : addresses,
          );
      });
    }
    return socket;
  }

  /** From now on what comes out of `stream` (Node's TLS) is stamped like the bytes of `carrier` that released it. */
  follow(stream: Duplex, carrier: Duplex): void {
    this.#followers.set(
      stream,
      followStamps(stream, () => this.stampOf(carrier)),
    );
  }

  /** The stamp of what was read from `stream` last; `undefined` for a stream of another kind. */
  stampOf(stream: Duplex): ArrivalStamp | undefined {
    if (stream instanceof ArrivalSocket) return stream.readStamp;
    return this.#followers.get(stream)?.readStamp;
  }

  write(socket: ArrivalSocket, bytes: Uint8Array): boolean {
    const id = this.#ids.get(socket);
    return id === undefined || this.#reactor.write(id, bytes);
  }

  finishWriting(socket: ArrivalSocket): void {
    const id = this.#ids.get(socket);
    if (id !== undefined) this.#reactor.finishWriting(id);
  }

  setReading(socket: ArrivalSocket, reads: boolean): void {
    const id = this.#ids.get(socket);
    if (id !== undefined) this.#reactor.setReading(id, reads);
  }

  setHolding(socket: ArrivalSocket, holds: boolean): void {
    const held = this.#holding.size > 0;
    if (holds && !socket.destroyed) this.#holding.add(socket);
    else this.#holding.delete(socket);
    const holdsNow = this.#holding.size > 0;
    if (held !== holdsNow && !this.#isClosed) this.#reactor.hold(holdsNow);
  }

  info(socket: ArrivalSocket): ConnectionFigures | undefined {
    const id = this.#ids.get(socket);
    return id === undefined ? undefined : this.#reactor.info(id);
  }

  release(socket: ArrivalSocket): void {
    this.setHolding(socket, false);
    const id = this.#ids.get(socket);
    if (id === undefined) return;
    this.#forget(id, socket);
    this.#reactor.closeSocket(id);
  }

  /** Closes every socket at once and ends the thread. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    for (const socket of [...this.#ids.keys()]) socket.destroy();
    this.#isClosed = true;
    this.#reactor.close();
  }

  #forget(id: number, socket: ArrivalSocket): void {
    this.#sockets.delete(id);
    this.#ids.delete(socket);
    this.#attempts.delete(id);
  }

  /** One address after the other; the last may take as long as the caller lets it. */
  #tryNext(socket: ArrivalSocket, attempts: Attempts): void {
    const [place, ...rest] = attempts.addresses;
    if (this.#isClosed || place === undefined) {
      socket.destroy(triedAll(attempts.errors));
      return;
    }
    const { port } = attempts;
    const goOn = (errno: number): void => {
      const error = socketError('connect', errno, { address: place.address, port });
      this.#tryNext(socket, { port, addresses: rest, errors: [...attempts.errors, error] });
    };
    const id = this.#reactor.connect(place.address, port, place.family);
    if (id < 0) {
      setImmediate(() => {
        if (!socket.destroyed) goOn(-id);
      });
      return;
    }
    this.#sockets.set(id, socket);
    this.#ids.set(socket, id);
    const limit = rest.length === 0 ? undefined : setTimeout(() => this.#giveUp(id, socket), ATTEMPT_MS);
    limit?.unref();
    this.#attempts.set(id, (errno) => {
      clearTimeout(limit);
      goOn(errno);
    });
  }

  /** The address has not answered in time; nothing happens to one that has, or that nobody waits for. */
  #giveUp(id: number, socket: ArrivalSocket): void {
    const goOn = this.#attempts.get(id);
    if (goOn === undefined) return;
    this.#forget(id, socket);
    this.#reactor.closeSocket(id);
    goOn(ETIMEDOUT);
  }

  #deliver(): void {
    const [events, bytes] = this.#reactor.take() ?? [];
    if (events === undefined || bytes === undefined) return;
    let start = 0;
    for (let at = 0; at < events.length; at += FIELDS_COUNT) {
      const id = events[at] ?? 0;
      const kind = events[at + 1];
      const value = events[at + 2] ?? 0;
      const isData = kind === KERNEL_DATA || kind === USER_DATA;
      const socket = this.#sockets.get(id);
      if (isData) {
        socket?.arrived(bytes.subarray(start, start + value), {
          arrivalNs: events[at + 3] ?? 0,
          errorNs: events[at + 4] ?? Number.NaN,
          source: kind === KERNEL_DATA ? 'kernel' : 'user',
        });
        start += value;
      } else if (socket !== undefined) this.#tell(socket, id, { kind, errno: value });
    }
  }

  #tell(socket: ArrivalSocket, id: number, event: { kind: number | undefined; errno: number }): void {
    if (event.kind === CONNECTED) {
      this.#attempts.delete(id);
      socket.connected();
    } else if (event.kind === END) socket.ended();
    else if (event.kind === CLOSED) {
      const attempt = this.#attempts.get(id);
      this.#forget(id, socket);
      if (attempt !== undefined) attempt(event.errno);
      else socket.destroy(socketError('read', event.errno));
    } else socket.drained();
  }
}

interface Attempts {
  readonly port: number;
  readonly addresses: readonly LookupAddress[];
  readonly errors: readonly Error[];
}

const ETIMEDOUT = 110;

/** The families in turn, the first one's first, so that a family that leads nowhere costs one attempt. */
function interleaved(addresses: readonly LookupAddress[]): readonly LookupAddress[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [
    first[index],
    second[index],
  ])
    .flat()
    .filter((place) => place !== undefined);
}
