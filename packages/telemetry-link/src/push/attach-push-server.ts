import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { keepAlive } from '../keep-alive.js';
import { MessageBudget } from '../server/message-budget.js';
import { refuseUpgrade, type UpgradeRefusal } from '../server/upgrade-refusal.js';

export interface PushServerOptions {
  /** Upgrades of `path` are taken, those of other paths answered 404. Closed by its owner. */
  readonly httpServer: Server;
  readonly path: string;
  /** The subprotocol that both sides speak; a reader that does not offer it is answered 400. */
  readonly protocol: string;
  /** Why who asks may not read; `undefined` where it may. Host, Origin and token are judged here. */
  readonly refusalOf: (request: IncomingMessage) => UpgradeRefusal | undefined;
  readonly monoNowNs: () => bigint;
  readonly maxReadersCount: number;
  /** Of what a reader sends; beyond it is disconnected. */
  readonly maxMessageBytes: number;
  readonly maxMessagesPerS: number;
  readonly onReader: (reader: PushReader) => PushListener;
}

/** One connection, as the one who pushes sees it. */
export interface PushReader {
  /** Text that was handed over and is not yet with the system. */
  readonly bufferedBytes: number;
  send(text: string): void;
  /** Ends the connection, with a word of why. */
  close(reason: string): void;
}

export interface PushListener {
  /** A message of the reader; what is returned is what is wrong with it, and it is disconnected. */
  onText(text: string): string | undefined;
  onClosed(): void;
}

export interface PushServer extends Disposable {
  readonly readersCount: number;
  close(): void;
}

const POLICY_VIOLATION = 1008;
const KEEP_ALIVE_MS = 10_000;

const FULL: UpgradeRefusal = {
  httpStatus: 503,
  code: 'full',
  message: 'Expected fewer readers: there are as many as are allowed',
  hint: 'Close another page.',
  headers: { 'Retry-After': '5' },
};

/** Texts to whoever connects, over WebSocket: what is sent to whom, and how much, is the caller's to decide. */
export function attachPushServer(options: PushServerOptions): PushServer {
  return new WsPushServer(options);
}

class WsPushServer implements PushServer {
  readonly #options: PushServerOptions;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Set<WebSocket>();

  constructor(options: PushServerOptions) {
    this.#options = options;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      handleProtocols: () => options.protocol,
    });
    options.httpServer.on('upgrade', this.#onUpgrade);
  }

  get readersCount(): number {
    return this.#sockets.size;
  }

  close(): void {
    this.#options.httpServer.off('upgrade', this.#onUpgrade);
    for (const socket of this.#sockets) socket.terminate();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until ws takes it over, nobody else listens: a reset would end the process.
    socket.on('error', () => {});
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) refuseUpgrade(socket, refusal);
    else this.#webSockets.handleUpgrade(request, socket, head, (accepted) => this.#serve(accepted));
  };

  #refusalOf(request: IncomingMessage): UpgradeRefusal | undefined {
    const { path, protocol, refusalOf, maxReadersCount } = this.#options;
    const refusal = refusalOf(request);
    if (refusal !== undefined) return refusal;
    if ((request.url ?? '').split('?')[0] !== path) {
      return { httpStatus: 404, code: 'not_found', message: `Expected ${path} for a WebSocket` };
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(protocol)) {
      return { httpStatus: 400, code: 'bad_request', message: `Expected the subprotocol ${protocol}` };
    }
    return this.#sockets.size >= maxReadersCount ? FULL : undefined;
  }

  #serve(socket: WebSocket): void {
    const { monoNowNs, maxMessagesPerS, onReader } = this.#options;
    this.#sockets.add(socket);
    const listener = onReader({
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
      send: (text) => {
        if (socket.readyState === socket.OPEN) socket.send(text);
      },
      close: (reason) => socket.close(POLICY_VIOLATION, reason),
    });
    const budget = new MessageBudget(maxMessagesPerS, monoNowNs());
    const stopKeepAlive = keepAlive(socket, KEEP_ALIVE_MS);
    socket.on('message', (data, isBinary) => {
      const problem = budget.take(monoNowNs())
        ? listener.onText(isBinary ? '' : textOf(data))
        : `expected at most ${maxMessagesPerS} messages a second`;
      if (problem !== undefined) socket.close(POLICY_VIOLATION, problem);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      stopKeepAlive();
      this.#sockets.delete(socket);
      listener.onClosed();
    });
  }
}

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}
