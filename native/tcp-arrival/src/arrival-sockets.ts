import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AddonAvailability, Reactor, ReactorHeld } from './addon.js';
import { loadAddon } from './addon.js';
import type { ArrivalStamp } from './arrival-stamp.js';
import { ArrivalSocket, type SocketDriver } from './arrival-socket.js';
import { ConnectAttempts } from './connect-attempts.js';
import { socketError } from './connect-error.js';
import type { ConnectionFigures } from './connection-figures.js';
import { ConnectionSamples } from './connection-samples.js';
import { followCarrier } from './follow-carrier.js';
import { SampledConnections } from './sampled-connections.js';
import type { StampRuns } from './stamp-runs.js';

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
  /** For all addresses together, from when they are known; absent: as long as the kernel tries the last of them. */
  readonly timeoutMs?: number;
}

export interface SamplingOptions {
  /** How often every connection is sampled. */
  readonly periodMs?: number;
  /** A connection that has brought nothing for so long is sampled at once, once a silence. */
  readonly silenceMs?: number;
}

/** What the sockets keep now, on both sides of the boundary. */
export interface HeldCounts extends ReactorHeld {
  /** Sockets that are open, and attempts to open one. */
  readonly openCount: number;
  /** Sockets that keep the process alive. */
  readonly holdingCount: number;
  /** Connections whose samples may still be taken: the last ones are forgotten by the second `takeSamples` after they closed. */
  readonly sampledCount: number;
}

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
  readonly #attempts = new Map<number, ConnectAttempts>();
  readonly #connecting = new Map<ArrivalSocket, ConnectAttempts>();
  readonly #followers = new WeakMap<Duplex, { readonly runs: StampRuns; readonly carrier: Duplex }>();
  readonly #holding = new Set<ArrivalSocket>();
  readonly #sampled = new SampledConnections();
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
    const { host, lookup } = options;
    const family = isIP(host);
    if (family !== 0) queueMicrotask(() => this.#start(socket, [{ address: host, family }], options));
    else {
      lookup(host, { all: true }, (error, addresses) => {
        if (error !== null) socket.destroy(error);
        else this.#start(socket, placesOf(addresses), options);
      });
    }
    return socket;
  }

  /** From now on what comes out of `stream` (Node's TLS) is stamped like the bytes of `carrier` that released it. */
  follow(stream: Duplex, carrier: Duplex): void {
    this.#followers.set(stream, { runs: followCarrier(stream, carrier, (of) => this.stampOf(of)), carrier });
  }

  /** The stamp of what was read from `stream` last; `undefined` for a stream of another kind. */
  stampOf(stream: Duplex): ArrivalStamp | undefined {
    if (stream instanceof ArrivalSocket) return stream.readStamp;
    return this.#followers.get(stream)?.runs.readStamp;
  }

  /** Names the request that a connection's samples belong to from now on; `undefined`: none. */
  carry(stream: Duplex, requestId: string | undefined): void {
    const socket = this.#socketUnder(stream);
    const id = socket && this.#ids.get(socket);
    if (id !== undefined) this.#sampled.carry(id, requestId);
  }

  /** Whether no answer can come over it any more: the kernel knows before what has arrived is read. `false` for a stream of another kind. */
  hasPeerEnded(stream: Duplex): boolean {
    const socket = this.#socketUnder(stream);
    return socket !== undefined && (this.info(socket)?.hasPeerEnded ?? socket.destroyed);
  }

  /** From now on the kernel's figures of every open connection are taken by the thread, for `takeSamples`. */
  startSampling({ periodMs = 200, silenceMs = Number.MAX_SAFE_INTEGER / 1e6 }: SamplingOptions = {}): void {
    if (this.#isClosed) return;
    this.#sampled.keep(true);
    this.#reactor.setSampling(periodMs, silenceMs);
  }

  stopSampling(): void {
    if (this.#isClosed) return;
    this.#sampled.keep(false);
    this.#reactor.setSampling();
  }

  /** What was sampled since the last call. Some 65,000 samples wait for it, at most. */
  takeSamples(): ConnectionSamples {
    const [values, lostCount] = this.#reactor.takeSamples() ?? [new Float64Array(), 0];
    return new ConnectionSamples(values, lostCount, this.#sampled.take());
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
    this.#connecting.get(socket)?.cancel();
    this.#connecting.delete(socket);
    const id = this.#ids.get(socket);
    if (id === undefined) return;
    this.#forget(id, socket);
    this.#reactor.closeSocket(id);
  }

  /** All 0 once every socket is closed, what it brought was delivered, and samples were taken twice: whatever stays is a leak. */
  held(): HeldCounts {
    return {
      ...this.#reactor.held(),
      openCount: this.#sockets.size + this.#ids.size + this.#attempts.size + this.#connecting.size,
      holdingCount: this.#holding.size,
      sampledCount: this.#sampled.count,
    };
  }

  /** Closes every socket at once and ends the thread. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    for (const socket of [...this.#ids.keys(), ...this.#connecting.keys()]) socket.destroy();
    this.#isClosed = true;
    this.#reactor.close();
  }

  /** Through TLS, to what it lies on; `undefined` for a stream of another kind. */
  #socketUnder(stream: Duplex): ArrivalSocket | undefined {
    if (stream instanceof ArrivalSocket) return stream;
    const follower = this.#followers.get(stream);
    return follower && this.#socketUnder(follower.carrier);
  }

  #start(socket: ArrivalSocket, places: readonly LookupAddress[], options: ConnectOptions): void {
    if (socket.destroyed) return;
    const { port, timeoutMs } = options;
    const attempts = new ConnectAttempts(places, {
      port,
      timeoutMs,
      driver: {
        begin: ({ address, family }) => {
          const id = this.#isClosed ? -ECANCELED : this.#reactor.connect(address, port, family);
          if (id >= 0) this.#attempts.set(id, attempts);
          return id;
        },
        abandon: (id) => {
          this.#attempts.delete(id);
          this.#reactor.closeSocket(id);
        },
        catchUp: () => this.#deliver(),
        onConnected: (id, { address, family }) => {
          this.#connecting.delete(socket);
          this.#sockets.set(id, socket);
          this.#ids.set(socket, id);
          this.#sampled.opened(id, family === 6 ? `[${address}]:${port}` : `${address}:${port}`);
          socket.connected({ address, family, port });
        },
        onFailed: (error) => {
          this.#connecting.delete(socket);
          socket.destroy(error);
        },
      },
    });
    this.#connecting.set(socket, attempts);
    attempts.start();
  }

  #forget(id: number, socket: ArrivalSocket): void {
    this.#sockets.delete(id);
    this.#ids.delete(socket);
    this.#sampled.closed(id);
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
      const end = isData ? start + value : start;
      try {
        if (isData) {
          this.#sockets.get(id)?.arrived(bytes.subarray(start, end), {
            arrivalNs: events[at + 3] ?? 0,
            errorNs: events[at + 4] ?? Number.NaN,
            source: kind === KERNEL_DATA ? 'kernel' : 'user',
          });
        } else this.#tell(id, kind, value);
      } catch (thrown) {
        throwLater(thrown);
      }
      start = end;
    }
  }

  #tell(id: number, kind: number | undefined, errno: number): void {
    const attempts = this.#attempts.get(id);
    if (attempts !== undefined) {
      this.#attempts.delete(id);
      if (kind === CONNECTED) attempts.connected(id);
      else attempts.failed(id, errno);
      return;
    }
    const socket = this.#sockets.get(id);
    if (socket === undefined) return;
    if (kind === END) socket.ended();
    else if (kind === CLOSED) {
      this.#forget(id, socket);
      socket.destroy(socketError('read', errno));
    } else socket.drained();
  }
}

const ECANCELED = 125;

/** A listener's error is the process's, as with Node's own sockets; the other sockets of its batch are not to suffer from it. */
function throwLater(thrown: unknown): void {
  process.nextTick(() => {
    throw thrown;
  });
}

function placesOf(addresses: string | readonly LookupAddress[]): readonly LookupAddress[] {
  return typeof addresses === 'string' ? [{ address: addresses, family: isIP(addresses) }] : addresses;
}
