import { connect } from 'node:net';
import { durationFromMs, runNs, type DurationNs, type RunClock, type RunNs } from '@fluidscope/units';
import type { StampSource } from '@fluidscope/trace-schema';
import type { Connector } from '../connector.js';
import { createLlmClient } from '../create-llm-client.js';
import type {
  LlmClient,
  LlmClientOptions,
  LlmOutcome,
  LlmRequest,
  StreamChunk,
  Timeouts,
} from '../llm-client.js';
import type { StampedSockets } from '../stamped-sockets.js';

/** Run time 0 on CLOCK_MONOTONIC. */
export const START = process.hrtime.bigint();
export const clock: RunClock = { nowNs: () => runNs(Number(process.hrtime.bigint() - START)) };

export const NO_TIMEOUTS: Timeouts = {
  connectTimeoutNs: undefined,
  firstByteTimeoutNs: undefined,
  idleTimeoutNs: undefined,
  totalTimeoutNs: undefined,
};

let sockets: StampedSockets | undefined;

/** From now on, clients are made over these sockets; their stamps are relative to `START`. */
export function stampBy(stamped: StampedSockets): void {
  sockets = stamped;
}

/** Who stamps what the clients of this fixture read, where a test brings no connector of its own. */
export function stampSource(): StampSource {
  return sockets === undefined ? 'user' : 'kernel';
}

export function ms(value: number): DurationNs {
  return durationFromMs(value);
}

export function clientFor(baseUrl: string, options: Partial<LlmClientOptions> = {}): LlmClient {
  return createLlmClient({
    baseUrl,
    endpointType: 'chat',
    model: 'm',
    apiKey: undefined,
    headers: {},
    extraBody: {},
    timeouts: NO_TIMEOUTS,
    clock,
    ...(sockets === undefined ? {} : { sockets }),
    ...options,
  });
}

export function request(fields: Partial<LlmRequest> = {}): LlmRequest {
  return {
    requestId: 'req-1',
    prompt: { kind: 'text', text: 'Say hello' },
    maxOutputTokens: 16,
    ignoreEos: false,
    ...fields,
  };
}

export interface Sent {
  readonly outcome: LlmOutcome;
  readonly sentNs: RunNs | undefined;
  readonly chunks: StreamChunk[];
  readonly text: string;
}

export interface SendOptions {
  readonly request?: Partial<LlmRequest>;
  readonly signal?: AbortSignal;
  readonly onChunk?: (chunk: StreamChunk) => void;
  readonly onSent?: () => void;
}

/** Sends one request and keeps everything that came of it. */
export async function send(client: LlmClient, options: SendOptions = {}): Promise<Sent> {
  const chunks: StreamChunk[] = [];
  let sentNs: RunNs | undefined;
  const outcome = await client.send(
    request(options.request),
    {
      onSent: (at) => {
        sentNs = at;
        options.onSent?.();
      },
      onChunk: (chunk) => {
        chunks.push({ ...chunk });
        options.onChunk?.(chunk);
      },
    },
    options.signal ?? new AbortController().signal,
  );
  return { outcome, sentNs, chunks, text: chunks.map((chunk) => chunk.text).join('') };
}

/** Resolves when the condition holds; polls the loop, so that no test waits for a length of time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Calls back after each time that undici has read this socket: what came is stamped by then and not parsed yet. */
export function connectorWithReadHook(port: number, afterRead: () => void): Connector {
  return (_target, callback) => {
    const socket = connect(port, '127.0.0.1', () => {
      callback(null, socket);
      // Added after undici's own listener, so that it runs after it.
      socket.on('readable', afterRead);
    });
  };
}

export function beBusy(forMs: number): void {
  const untilNs = clock.nowNs() + forMs * 1e6;
  while (clock.nowNs() < untilNs);
}
