import {
  AccessPolicy,
  closeServer,
  HttpError,
  openServer,
  RequestBudget,
  requireSafeExposure,
  urlOf,
} from '@fluidscope/guarded-server';
import {
  FRAME_NS,
  LIVE_PATH,
  LIVE_PROTOCOL,
  LIVE_VERSION,
  LiveRun,
  QUANTILE_ERROR_RATIO,
  TOKEN_PROTOCOL_PREFIX,
  type AboutMessage,
  type FrameMessage,
} from '@fluidscope/live-view';
import { attachPushServer, type UpgradeRefusal } from '@fluidscope/telemetry-link';
import { durationNs, runNs, type RunClock } from '@fluidscope/units';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentFeed } from '../feeds/agent-feed.js';
import { FramePump } from './frame-pump.js';
import type { LiveOptions } from './live-options.js';
import { LiveReaders, type ReadersFigures } from './live-readers.js';
import { createPageListener, requireBudget, type PageRoutes } from './page-routes.js';

/** How the page's server does. */
export interface LiveFigures extends ReadersFigures {
  readonly madeCount: number;
  readonly lateCount: number;
  readonly skippedCount: number;
  readonly rssBytes: number;
}

export interface RunningLive {
  /** Without a path: `http://127.0.0.1:7421`. */
  readonly url: string;
  /** Where the run's records go; `undefined` without a run. */
  readonly run: LiveRun | undefined;
  figures(): LiveFigures;
  /** Shows what has come until now, then disconnects everyone. Later calls return the first one's promise. */
  close(): Promise<void>;
}

/** A run's records reach the writer within 200 ms where its machine is idle, and take their way to here. */
const LAG_NS = 500_000_000;
const WINDOW_NS = 10_000_000_000;
const SLOTS_COUNT = 1_024;
const MAX_READERS_COUNT = 8;
const MAX_MESSAGE_BYTES = 1_024;
const MAX_MESSAGES_PER_S = 100;
const REQUESTS_PER_S = 20;

const UNAUTHORISED = {
  message: 'Expected the live page’s token',
  hint: 'It is what --token-file or FLUIDSCOPE_LIVE_TOKEN of fluidscope live gave; the page asks for it.',
  headers: { 'WWW-Authenticate': 'Bearer realm="fluidscope-live"' },
} as const;

/**
 * Serves the page, and a frame 20 times a second to whoever looks. Resolves once the address accepts connections.
 *
 * @throws UsageError for an address that others reach without a token and TLS; FluidscopeError `live.listen`, `live.tls` when the address or
 *   the certificate cannot be used
 */
export async function startLive(
  options: LiveOptions,
  onWarning: (message: string) => void = () => {},
): Promise<RunningLive> {
  requireSafeExposure({ ...options, onWarning });
  const live = new LiveServer(options, onWarning);
  await live.open();
  return live;
}

class LiveServer implements RunningLive {
  readonly run: LiveRun | undefined;
  readonly #options: LiveOptions;
  readonly #onWarning: (message: string) => void;
  readonly #session = randomUUID();
  readonly #readers = new LiveReaders(this.#session);
  readonly #access: AccessPolicy;
  #feeds: readonly AgentFeed[] = [];
  #pump: FramePump | undefined;
  #stopServing: () => Promise<void> = () => Promise.resolve();
  #seq = 0;
  #url = '';
  #closing: Promise<void> | undefined;

  constructor(options: LiveOptions, onWarning: (message: string) => void) {
    const { run, token, tls, allowedHosts = [] } = options;
    this.#options = options;
    this.#onWarning = onWarning;
    this.run =
      run &&
      new LiveRun({
        deadlines: {
          ttftDeadlineNs: durationNs(run.ttft_deadline_ns),
          tbtDeadlineNs: durationNs(run.tbt_deadline_ns),
        },
        windowNs: WINDOW_NS,
        slotsCount: SLOTS_COUNT,
      });
    this.#access = new AccessPolicy({
      token,
      unauthorised: UNAUTHORISED,
      subject: 'the live page',
      allowedHosts,
      allowedOrigins: [],
      ownPagesScheme: tls === undefined ? 'http' : 'https',
    });
  }

  get url(): string {
    return this.#url;
  }

  async open(): Promise<void> {
    const { listen, tls, token, agentUrls, agentAccess = {} } = this.#options;
    const routes: PageRoutes = {
      access: this.#access,
      budget: new RequestBudget(REQUESTS_PER_S),
      asksToken: token !== undefined,
      nowNs: () => this.#nowNs(),
      figures: () => this.figures(),
      onWarning: this.#onWarning,
    };
    const server = await openServer({ listen, tls, listener: createPageListener(routes), program: 'live' });
    server.on('error', (error) => this.#onWarning(`accepting connections failed: ${error.message}`));
    const push = attachPushServer({
      httpServer: server,
      path: LIVE_PATH,
      protocol: LIVE_PROTOCOL,
      refusalOf: (request) => this.#refusalOf(request, routes),
      monoNowNs: () => process.hrtime.bigint(),
      maxReadersCount: MAX_READERS_COUNT,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxMessagesPerS: MAX_MESSAGES_PER_S,
      onReader: this.#readers.onReader,
    });
    const { port } = server.address() as AddressInfo;
    this.#url = urlOf({ host: listen.host, port }, tls === undefined ? 'http' : 'https');
    this.#stopServing = () => {
      const closed = closeServer(server);
      push.close();
      return closed;
    };
    const runClock: RunClock = { nowNs: () => runNs(Math.max(0, Math.round(this.#nowNs()))) };
    const onAbout = (): void => this.#tellAbout();
    this.#feeds = agentUrls.map((url) => new AgentFeed({ url, access: agentAccess, runClock, onAbout }));
    this.#tellAbout();
    this.#pump = new FramePump({
      nowNs: () => this.#nowNs(),
      lagNs: LAG_NS,
      onFrame: (endNs) => this.#makeFrame(endNs),
    });
  }

  figures(): LiveFigures {
    const { madeCount = 0, lateCount = 0, skippedCount = 0 } = this.#pump?.figures ?? {};
    const { rss: rssBytes } = process.memoryUsage();
    return { madeCount, lateCount, skippedCount, rssBytes, ...this.#readers.figures };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, (LAG_NS + 2 * FRAME_NS) / 1e6));
    this.#pump?.[Symbol.dispose]();
    await Promise.all([this.#stopServing(), ...this.#feeds.map((feed) => feed.close())]);
  }

  #nowNs(): number {
    return Number(process.hrtime.bigint() - this.#options.zeroMonoNs);
  }

  #makeFrame(endNs: number): void {
    const seq = this.#seq++;
    const frame: FrameMessage = {
      type: 'frame',
      seq,
      t_ns: endNs,
      run: this.run?.frame(endNs) ?? null,
      agents: this.#feeds.map((feed) => feed.frame(endNs)),
    };
    this.#readers.addFrame(seq, JSON.stringify(frame));
  }

  #tellAbout(): void {
    const about: AboutMessage = {
      type: 'about',
      version: LIVE_VERSION,
      session: this.#session,
      frame_ns: FRAME_NS,
      lag_ns: LAG_NS,
      window_ns: WINDOW_NS,
      quantile_error_ratio: QUANTILE_ERROR_RATIO,
      slots_count: SLOTS_COUNT,
      run: this.#options.run ?? null,
      agents: this.#feeds.map((feed) => feed.about),
    };
    this.#readers.setAbout(JSON.stringify(about));
  }

  #refusalOf(request: IncomingMessage, routes: PageRoutes): UpgradeRefusal | undefined {
    try {
      requireBudget(request, routes);
      this.#access.requireKnownSource(request);
      if (!this.#access.isToken(tokenOf(request))) this.#access.requireToken(request);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof HttpError)) throw thrown;
      const { httpStatus, code, message, details } = thrown;
      const { hint, headers = {} } = details;
      return { httpStatus, code, message, headers, ...(hint === undefined ? {} : { hint }) };
    }
  }
}

/** A browser's WebSocket can send no header: the token stands, as base64url, in a subprotocol of its own. */
function tokenOf({ headers }: IncomingMessage): string {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const found = offered.find((name) => name.startsWith(TOKEN_PROTOCOL_PREFIX)) ?? TOKEN_PROTOCOL_PREFIX;
  return Buffer.from(found.slice(TOKEN_PROTOCOL_PREFIX.length), 'base64url').toString();
}
