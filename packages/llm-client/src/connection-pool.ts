import { Duplex } from 'node:stream';
import { Client, type buildConnector, type Dispatcher } from 'undici';
import { elapsedNs, type RunClock, type RunNs } from '@fluidscope/units';
import type { Connector } from './connector.js';
import type { ConnectionReuse } from './llm-client.js';
import type { ReadStamp, StampedSockets } from './stamped-sockets.js';

export interface PoolOptions {
  readonly origin: string;
  readonly connector: Connector;
  /** The sockets that `connector` uses, if they stamp what arrives. */
  readonly sockets: StampedSockets | undefined;
  /** Most connections at once; `undefined`: as many as there are requests in flight. */
  readonly connectionsCount: number | undefined;
  /** Whether a connection carries further requests after its first. */
  readonly keepsAlive: boolean;
  readonly clock: RunClock;
}

/** Someone who needs a connection. `onConnection` may be called at once or much later. */
export interface ConnectionWaiter {
  onConnection(connection: Connection): void;
}

/**
 * Connections that each carry one request at a time. A request takes the connection that was freed last
 * (its socket is the likeliest to be open still), or a new one; at the limit it waits, first come first
 * served. undici's own pool looks for a free connection one by one, which at thousands of streams costs
 * more than sending; here taking and freeing are constant time.
 *
 * A connection outlives its sockets: undici opens a new socket when the old one was closed. Idle sockets
 * close after 4 s, before the 5 s of the commonest servers, or 2 s before the time that the server announces
 * (`keep-alive: timeout=5`), so that a request seldom meets a closing socket. One that does has failed: sent again
 * it would hide what the server does to its users.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #free: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #waiting = new Set<ConnectionWaiter>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  acquire(waiter: ConnectionWaiter): void {
    const connection = this.#takeFree() ?? this.#open();
    if (connection === undefined) this.#waiting.add(waiter);
    else waiter.onConnection(connection);
  }

  /** Gives up waiting; nothing happens to a waiter that has been served. */
  leave(waiter: ConnectionWaiter): void {
    this.#waiting.delete(waiter);
  }

  /** The connection's request is over and undici has let go of it. A destroyed connection is forgotten. */
  release(connection: Connection): void {
    if (connection.isDestroyed) this.#all.delete(connection);
    else {
      connection.free();
      this.#free.push(connection);
    }
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.acquire(next);
  }

  /** Closes every socket at once, whatever is under way on it. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#all].map((connection) => connection.destroy()));
  }

  /** The one that was freed last and can carry an answer still. */
  #takeFree(): Connection | undefined {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (!free.hasPeerEnded) return free;
      this.#all.delete(free);
      void free.destroy();
    }
    return undefined;
  }

  #open(): Connection | undefined {
    if (this.#all.size >= (this.#options.connectionsCount ?? Infinity)) return undefined;
    const connection = new Connection(this.#options);
    this.#all.add(connection);
    return connection;
  }
}

/** One undici client and what it does not tell: whether it is connecting, and how far it came. */
export class Connection {
  readonly #client: Client;
  readonly #clock: RunClock;
  readonly #connector: Connector;
  readonly #sockets: StampedSockets | undefined;
  #connecting: Duplex | undefined;
  #stream: Duplex | undefined;
  #tlsStarted = false;
  #openedSocket = false;
  #requestsCount = 0;
  #freedNs: RunNs | undefined;
  #reuse: ConnectionReuse | undefined;

  constructor(options: PoolOptions) {
    this.#clock = options.clock;
    this.#connector = options.connector;
    this.#sockets = options.sockets;
    this.#client = new Client(options.origin, {
      connect: (target, callback) => {
        this.#connect(target, callback);
      },
      // undici's own timers are half a second coarse; the exchange keeps its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      // undici's way of saying that nothing is kept alive is 0.
      pipelining: options.keepsAlive ? 1 : 0,
    });
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#openedSocket = false;
    this.#reuse =
      this.#freedNs === undefined
        ? undefined
        : {
            idleNs: elapsedNs(this.#freedNs, this.#clock.nowNs()),
            earlierRequestsCount: this.#requestsCount,
          };
    this.#requestsCount += 1;
    this.#client.dispatch(options, handler);
  }

  /** Whether TCP was up when the last attempt to connect failed, so that it failed in TLS. */
  get failedInTls(): boolean {
    return this.#tlsStarted;
  }

  /** What the last request's socket had carried before; `undefined` for a new one. */
  get reuse(): ConnectionReuse | undefined {
    return this.#openedSocket ? undefined : this.#reuse;
  }

  /** Its request is over. */
  free(): void {
    this.#freedNs = this.#clock.nowNs();
  }

  /** The request that goes over the connection from now on; `undefined`: none. */
  carry(requestId: string | undefined): void {
    if (this.#stream !== undefined) this.#sockets?.carry(this.#stream, requestId);
  }

  /** When the bytes that undici is handing over arrived, where the socket knows. */
  get readStamp(): ReadStamp | undefined {
    return this.#stream === undefined ? undefined : this.#sockets?.stampOf(this.#stream);
  }

  /**
   * Whether its server has closed it, said or not. Some engines close after an answer and do not announce it; stamped sockets are
   * read a millisecond apart, and by then the next request would have been sent.
   */
  get hasPeerEnded(): boolean {
    return this.#stream !== undefined && this.#sockets?.hasPeerEnded(this.#stream) === true;
  }

  get isDestroyed(): boolean {
    return this.#client.destroyed;
  }

  /**
   * Closes the socket at once, connected or not; a request on it fails. This is how a request is given up:
   * undici's own abort keeps the request queued and opens a new socket, only to find it aborted.
   */
  async destroy(): Promise<void> {
    const closed = this.#client.destroy(new Error('Given up'));
    this.#connecting?.destroy();
    await closed;
  }

  #connect(target: buildConnector.Options, callback: buildConnector.Callback): void {
    this.#openedSocket = true;
    this.#requestsCount = 1;
    this.#tlsStarted = false;
    // undici's connectors return the socket, which their type does not say.
    const socket: unknown = this.#connector(target, (...result) => {
      this.#connecting = undefined;
      this.#stream = result[1] ?? undefined;
      callback(...result);
    });
    if (!(socket instanceof Duplex)) return;
    this.#connecting = socket;
    socket.once('connect', () => {
      this.#tlsStarted = target.protocol === 'https:';
    });
  }
}
