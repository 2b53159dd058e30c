import { durationFromMs, runNs, type DurationNs, type RunClock, type RunNs } from '@fluidscope/units';
import { createLlmClient } from '../create-llm-client.js';
import type {
  LlmClient,
  LlmClientOptions,
  LlmOutcome,
  LlmRequest,
  StreamChunk,
  Timeouts,
} from '../llm-client.js';

/** Run time 0 on CLOCK_MONOTONIC. */
export const START = process.hrtime.bigint();
export const clock: RunClock = { nowNs: () => runNs(Number(process.hrtime.bigint() - START)) };

export const NO_TIMEOUTS: Timeouts = {
  connectTimeoutNs: undefined,
  firstByteTimeoutNs: undefined,
  idleTimeoutNs: undefined,
  totalTimeoutNs: undefined,
};

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
