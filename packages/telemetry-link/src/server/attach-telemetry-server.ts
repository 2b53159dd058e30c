import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { encodeAnswer, probeIdOf } from '../clock-messages.js';
import { CLOCK_PATH, STREAM_PATH, type AgentMessageJson } from '../control-messages.js';
import type { TelemetrySource } from '../telemetry-source.js';
import { DescriptionWatch } from './description-watch.js';
import { keepAlive } from '../keep-alive.js';
import { requireLimits, TELEMETRY_LIMITS, type TelemetryLimits } from './limits.js';
import { MessageBudget } from './message-budget.js';
import { addDropped, NOTHING_DROPPED, type DroppedFigures, type ReaderFigures } from './reader-figures.js';
import { StreamReader } from './stream-reader.js';
import { TelemetryStream } from './telemetry-stream.js';
import { refuseUpgrade, UNAUTHORISED, type UpgradeRefusal } from './upgrade-refusal.js';

export interface TelemetryServerOptions {
  /** Upgrades of `/v1/stream` and `/v1/clock` are taken, those of other paths answered 404. Closed by its owner. */
  readonly httpServer: Server;
  readonly source: TelemetrySource;
  /** The host's CLOCK_MONOTONIC, in which the source's records are stamped. */
  readonly monoNowNs: () => bigint;
  readonly limits?: Partial<TelemetryLimits>;
  /** Whether who asks may read: `true`, or what it is answered; `false` is a 401. Compare tokens in constant time. */
  readonly authorise: (request: IncomingMessage) => boolean | UpgradeRefusal;
  /** Whether a page of this origin may read; otherwise it is answered 403. Asked only where the request has an `Origin`. */
  readonly originAllowed: (origin: string, request: IncomingMessage) => boolean;
}

export interface TelemetryServer extends Disposable {
  readonly readersCount: number;
  /** One for each reader that is connected. */
  readonly readers: readonly ReaderFigures[];
  /** What readers did not get because they were too slow or too long away, since the start; those that left are in it. */
  readonly dropped: DroppedFigures;
  /** Upgrades that were not taken, by the HTTP status that they were answered. */
  readonly refusedCounts: ReadonlyMap<number, number>;
  readonly clockSocketsCount: number;
  /** What the backlog holds now. */
  readonly backlogBytes: number;
  /** Disconnects everyone and leaves the source and the HTTP server. */
  close(): void;
}

const REFUSALS = {
  otherPath: {
    httpStatus: 404,
    code: 'not_found',
    message: `Expected ${STREAM_PATH} or ${CLOCK_PATH} for a WebSocket`,
  },
  otherOrigin: {
    httpStatus: 403,
    code: 'forbidden',
    message: 'Expected an allowed Origin, or none',
    hint: 'The agent takes pages that its --allow-origin names.',
  },
  full: {
    httpStatus: 503,
    code: 'full',
    message: 'Expected fewer readers: there are as many as the agent allows',
    hint: 'End one of them, or start the agent with a larger --max-readers.',
    headers: { 'Retry-After': '5' },
  },
} as const satisfies Record<string, UpgradeRefusal>;

/** WebSocket close code for who breaks the rules. */
const POLICY_VIOLATION = 1008;

/** Serves a source's stream and clock probes on an HTTP server. Throws a `UsageError` for limits that are no positive numbers. */
export function attachTelemetryServer(options: TelemetryServerOptions): TelemetryServer {
  return new WsTelemetryServer(options);
}

class WsTelemetryServer implements TelemetryServer {
  readonly #options: TelemetryServerOptions;
  readonly #limits: TelemetryLimits;
  readonly #stream: TelemetryStream;
  readonly #descriptions: DescriptionWatch;
  readonly #webSockets: WebSocketServer;
  readonly #readers = new Map<WebSocket, StreamReader>();
  readonly #clocks = new Set<WebSocket>();
  readonly #refusedCounts = new Map<number, number>();
  #readersSoFarCount = 0;
  /** Of the readers that have left. */
  #leftDropped: DroppedFigures = NOTHING_DROPPED;

  constructor(options: TelemetryServerOptions) {
    this.#options = options;
    this.#limits = { ...TELEMETRY_LIMITS, ...options.limits };
    requireLimits(this.#limits);
    this.#descriptions = new DescriptionWatch(options.source, (description) => {
      for (const reader of this.#readers.values()) reader.describe(description);
    });
    this.#stream = new TelemetryStream(this.#descriptions, options.monoNowNs(), this.#limits);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.#limits.maxMessageBytes,
    });
    options.httpServer.on('upgrade', this.#onUpgrade);
  }

  get readersCount(): number {
    return this.#readers.size;
  }

  get readers(): readonly ReaderFigures[] {
    return [...this.#readers.values()].map((reader) => reader.figures());
  }

  get dropped(): DroppedFigures {
    return this.readers.reduce((sum, { dropped }) => addDropped(sum, dropped), this.#leftDropped);
  }

  get refusedCounts(): ReadonlyMap<number, number> {
    return this.#refusedCounts;
  }

  get clockSocketsCount(): number {
    return this.#clocks.size;
  }

  get backlogBytes(): number {
    return this.#stream.backlog.sizeBytes;
  }

  close(): void {
    this.#options.httpServer.off('upgrade', this.#onUpgrade);
    for (const socket of [...this.#readers.keys(), ...this.#clocks]) socket.terminate();
    this.#descriptions[Symbol.dispose]();
    this.#stream[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until ws takes it over, nobody else listens: a reset would end the process.
    socket.on('error', () => {});
    const path = (request.url ?? '').split('?')[0];
    const refusal = this.#refusalOf(request, path);
    if (refusal !== undefined) {
      const { httpStatus } = refusal;
      this.#refusedCounts.set(httpStatus, (this.#refusedCounts.get(httpStatus) ?? 0) + 1);
      refuseUpgrade(socket, refusal);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (accepted) => {
      if (path === STREAM_PATH) this.#serveStream(accepted);
      else this.#serveClock(accepted);
    });
  };

  #refusalOf(request: IncomingMessage, path: string | undefined): UpgradeRefusal | undefined {
    if (path !== STREAM_PATH && path !== CLOCK_PATH) return REFUSALS.otherPath;
    const { origin } = request.headers;
    if (origin !== undefined && !this.#options.originAllowed(origin, request)) return REFUSALS.otherOrigin;
    const isAuthorised = this.#options.authorise(request);
    if (isAuthorised !== true) return isAuthorised === false ? UNAUTHORISED : isAuthorised;
    const isFull =
      path === STREAM_PATH
        ? this.#readers.size >= this.#limits.maxReadersCount
        : this.#clocks.size >= this.#limits.maxClockSocketsCount;
    return isFull ? REFUSALS.full : undefined;
  }

  #serveStream(socket: WebSocket): void {
    const { socketWindowBytes, maxMessagesPerS, keepaliveMs, subscribeMs } = this.#limits;
    const describe = () => this.#descriptions.describe();
    this.#readersSoFarCount += 1;
    const id = this.#readersSoFarCount;
    const reader = new StreamReader({ id, socket, stream: this.#stream, describe, socketWindowBytes });
    this.#readers.set(socket, reader);
    const budget = new MessageBudget(maxMessagesPerS, this.#options.monoNowNs());
    const stopKeepAlive = keepAlive(socket, keepaliveMs);
    const deadline = setTimeout(() => {
      if (!reader.isSubscribed) refuse(socket, 'subscribe_late', 'expected a subscribe message');
    }, subscribeMs).unref();
    socket.on('message', (data, isBinary) => {
      const problem = budget.take(this.#options.monoNowNs())
        ? isBinary
          ? 'expected a text message but received a binary one'
          : reader.take(textOf(data))
        : `expected at most ${maxMessagesPerS} messages a second`;
      if (problem !== undefined) refuse(socket, 'bad_message', problem);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      stopKeepAlive();
      clearTimeout(deadline);
      this.#readers.delete(socket);
      this.#leftDropped = addDropped(this.#leftDropped, reader.figures().dropped);
      this.#stream.unfollow(reader);
    });
  }

  #serveClock(socket: WebSocket): void {
    const { monoNowNs } = this.#options;
    this.#clocks.add(socket);
    const budget = new MessageBudget(this.#limits.maxProbesPerS, monoNowNs());
    const stopKeepAlive = keepAlive(socket, this.#limits.keepaliveMs);
    socket.on('message', (data, isBinary) => {
      const t2MonoNs = monoNowNs();
      const id = isBinary && Buffer.isBuffer(data) ? probeIdOf(data) : undefined;
      if (id === undefined || !budget.take(t2MonoNs)) socket.close(POLICY_VIOLATION);
      else socket.send(encodeAnswer(id, t2MonoNs, monoNowNs));
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      stopKeepAlive();
      this.#clocks.delete(socket);
    });
  }
}

function refuse(socket: WebSocket, code: string, message: string): void {
  if (socket.readyState !== socket.OPEN) return;
  const error: AgentMessageJson = { type: 'error', code, message };
  socket.send(JSON.stringify(error));
  socket.close(POLICY_VIOLATION, code);
}

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}
