import type { DurationNs, RunClock, RunNs } from '@fluidscope/units';
import type { ErrorCode, RequestStatus, StampSource } from '@fluidscope/trace-schema';
import type { Connector } from './connector.js';
import type { StampedSockets } from './stamped-sockets.js';

export const ENDPOINT_TYPES = [
  'chat',
  'completions',
  'responses',
  'anthropic',
  'tgi',
  'ollama',
  'llamacpp',
] as const;
export type EndpointType = (typeof ENDPOINT_TYPES)[number];

/** Each limit apart; `undefined` is no limit. */
export interface Timeouts {
  readonly connectTimeoutNs: DurationNs | undefined;
  /** From the request's last byte to the response's first. */
  readonly firstByteTimeoutNs: DurationNs | undefined;
  /** Between two reads of a body. */
  readonly idleTimeoutNs: DurationNs | undefined;
  readonly totalTimeoutNs: DurationNs | undefined;
}

export interface LlmClientOptions {
  /** `http://host:8000` or `http://host:8000/v1`; the endpoint's own path is added where it is not given. */
  readonly baseUrl: string;
  readonly endpointType: EndpointType;
  readonly model: string | undefined;
  /** Sent as the endpoint expects it; never in a log, an error or a trace. */
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Merged into every request's JSON body, over what the client puts there. */
  readonly extraBody: Readonly<Record<string, unknown>>;
  readonly timeouts: Timeouts;
  readonly clock: RunClock;
  /** PEM text of further certificate authorities, and whether to accept any certificate (said aloud by the caller). */
  readonly tls?: { readonly caPem?: string; readonly insecure?: boolean };
  /** `http://[user:password@]host:port`: every connection is a tunnel (CONNECT) through this proxy. */
  readonly proxyUrl?: string;
  /** Most sockets at once; `undefined`: one a request in flight, so that no request waits for a connection. */
  readonly connectionsCount?: number;
  /** `false`: each request has a connection of its own, closed after it. */
  readonly keepsAlive?: boolean;
  /** Sockets that stamp what arrives, TLS included; on the clock's zero. The caller's to close, after the client. */
  readonly sockets?: StampedSockets;
  /** Makes the sockets, in place of TCP and TLS of our own (`tls` is then the connector's affair). */
  readonly connector?: Connector;
}

export interface LlmRequest {
  /** Sent as `x-request-id`. */
  readonly requestId: string;
  readonly prompt:
    | { readonly kind: 'text'; readonly text: string }
    | {
        readonly kind: 'messages';
        readonly messages: readonly { readonly role: string; readonly content: string }[];
      };
  readonly maxOutputTokens: number | undefined;
  /** Ask the engine to go on to `maxOutputTokens` whatever the model says (`ignore_eos`), where it can. */
  readonly ignoreEos: boolean;
  readonly extraBody?: Readonly<Record<string, unknown>>;
}

/** What a chunk carried. `none`: role, usage, finish or empty delta: no token. */
export type ChunkKind = 'content' | 'reasoning' | 'tool_call' | 'none';

/** One event of the stream. The object is reused: copy what you keep. */
export interface StreamChunk {
  arrivalNs: RunNs;
  stampSource: StampSource;
  /** The true arrival lies within this much before the stamp; NaN when no bound is known. */
  errorNs: number;
  kind: ChunkKind;
  text: string;
  /** Output tokens so far by the server's own count, where each chunk carries it. */
  usageOutputTokensSoFar: number | undefined;
}

export interface StreamObserver {
  /** The request was handed to a socket: headers and body are on their way. */
  onSent(sentNs: RunNs): void;
  onChunk(chunk: StreamChunk): void;
}

/** What a connection had been through before the request that it was taken for. */
export interface ConnectionReuse {
  /** From the end of the request before to this one. */
  readonly idleNs: DurationNs;
  readonly earlierRequestsCount: number;
}

export interface LlmOutcome {
  readonly status: RequestStatus;
  readonly errorCode: ErrorCode | undefined;
  readonly httpStatus: number | undefined;
  /** The server's or the transport's words, at most 500 characters, with no secret of ours in them. */
  readonly errorMessage: string | undefined;
  readonly responseId: string | undefined;
  readonly finishReason: string | undefined;
  readonly usagePromptTokens: number | undefined;
  readonly usageOutputTokens: number | undefined;
  /** Of the usage's prompt tokens, those that the server says it took from its prefix cache. */
  readonly usageCachedTokens?: number | undefined;
  /** The response's `x-ratelimit-*` headers, names in lower case; absent where it had none. */
  readonly rateLimitHeaders?: Readonly<Record<string, string>> | undefined;
  /** Seconds the server asked to wait (Retry-After on 429 or 503). */
  readonly retryAfterS: number | undefined;
  /** Present where a kept-alive connection broke before any byte of a response: the server may have closed it before it had the request. */
  readonly brokenReuse?: ConnectionReuse | undefined;
  readonly endedNs: RunNs;
}

export interface LlmClient {
  /** Never rejects: a failure is an outcome. Aborting gives status `cancelled`. */
  send(request: LlmRequest, observer: StreamObserver, signal: AbortSignal): Promise<LlmOutcome>;
  close(): Promise<void>;
}
