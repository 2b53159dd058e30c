import { messageOf } from '@fluidscope/errors';
import type { RunClock } from '@fluidscope/units';
import { Arrivals } from './arrivals.js';
import { Cancellations } from './cancellations.js';
import { ConnectionPool } from './connection-pool.js';
import { defaultConnector, proxiedConnector, stampedConnector, type Connector } from './connector.js';
import { endpointUrl } from './endpoint-url.js';
import { ENDPOINTS } from './endpoints/index.js';
import { Exchange, type ExchangeContext } from './exchange.js';
import type { LlmClient, LlmClientOptions, LlmOutcome, LlmRequest, StreamObserver } from './llm-client.js';
import { mergeBody } from './merge-body.js';
import { readProxy } from './proxy-tunnel.js';
import { requestHeaders } from './request-headers.js';
import { messageCleaner } from './secrets.js';
import { loopSources, StampBound, type LoopSources } from './stamp-bound.js';

/**
 * A client of one endpoint. Opens no socket until the first `send`; holds one file (Linux) until `close`.
 *
 * Throws `UsageError` for a base URL that is none and for headers that HTTP does not allow.
 */
export function createLlmClient(options: LlmClientOptions): LlmClient {
  return new UndiciLlmClient(options);
}

class UndiciLlmClient implements LlmClient {
  readonly #options: LlmClientOptions;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #sources: LoopSources;
  readonly #context: ExchangeContext;
  readonly #inFlight = new Set<Exchange>();
  #closed = false;

  constructor(options: LlmClientOptions) {
    const endpoint = ENDPOINTS[options.endpointType];
    const url = endpointUrl(options.baseUrl, endpoint.path);
    this.#options = options;
    this.#path = url.path;
    this.#headers = requestHeaders(options, endpoint, url);
    this.#sources = loopSources();
    this.#context = {
      endpoint,
      pool: new ConnectionPool({
        origin: url.origin,
        connector: options.connector ?? connectorOf(options),
        sockets: options.sockets,
        connectionsCount: options.connectionsCount,
        keepsAlive: options.keepsAlive ?? true,
        clock: options.clock,
      }),
      arrivals: new Arrivals(options.clock, new StampBound(this.#sources)),
      cancellations: new Cancellations(),
      clock: options.clock,
      timeouts: options.timeouts,
      cleanMessage: messageCleaner({
        apiKey: options.apiKey,
        headers: this.#headers,
        password: url.password,
      }),
    };
  }

  send(request: LlmRequest, observer: StreamObserver, signal: AbortSignal): Promise<LlmOutcome> {
    let body: string;
    try {
      body = this.#body(request);
    } catch (error) {
      const message = `The request's body cannot be written as JSON: ${messageOf(error)}`;
      return Promise.resolve(unsentOutcome('error', message, this.#context.clock));
    }
    if (this.#closed) {
      return Promise.resolve(unsentOutcome('cancelled', 'The client is closed', this.#context.clock));
    }
    return new Promise((resolve) => {
      const exchange = new Exchange(this.#context, {
        requestId: request.requestId,
        dispatch: {
          path: this.#path,
          method: 'POST',
          headers: { ...this.#headers, 'x-request-id': request.requestId },
          body,
        },
        observer,
        signal,
        onOutcome: (outcome) => {
          this.#inFlight.delete(exchange);
          resolve(outcome);
        },
      });
      this.#inFlight.add(exchange);
      exchange.start();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const exchange of this.#inFlight) exchange.cancel('The client was closed');
    await this.#context.pool.destroy();
    this.#sources.close();
  }

  #body(request: LlmRequest): string {
    const own = this.#context.endpoint.requestBody(request, this.#options.model);
    const merged = mergeBody(own, this.#options.extraBody);
    return JSON.stringify(request.extraBody === undefined ? merged : mergeBody(merged, request.extraBody));
  }
}

function connectorOf({ sockets, tls = {}, proxyUrl }: LlmClientOptions): Connector {
  const proxy = proxyUrl === undefined ? undefined : readProxy(proxyUrl);
  if (sockets !== undefined) return stampedConnector(sockets, tls, proxy);
  return proxy === undefined ? defaultConnector(tls) : proxiedConnector(proxy, tls);
}

function unsentOutcome(status: 'error' | 'cancelled', message: string, clock: RunClock): LlmOutcome {
  return {
    status,
    errorCode: status === 'error' ? 'protocol' : 'cancelled',
    httpStatus: undefined,
    errorMessage: message,
    responseId: undefined,
    finishReason: undefined,
    usagePromptTokens: undefined,
    usageOutputTokens: undefined,
    retryAfterS: undefined,
    endedNs: clock.nowNs(),
  };
}
