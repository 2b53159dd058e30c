import { Agent, type Dispatcher } from 'undici';
import { messageOf } from '@fluidscope/errors';
import type {
  LlmClient,
  LlmClientOptions,
  LlmOutcome,
  LlmRequest,
  StreamChunk,
  StreamObserver,
} from './llm-client.js';

interface ChatEvent {
  readonly id?: string;
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string };
    readonly finish_reason?: string;
  }[];
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null;
}

/** A client of one endpoint. Opens no socket until the first `send`. */
export function createLlmClient(options: LlmClientOptions): LlmClient {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, allowH2: false });
  return {
    send: (request, observer, signal) => sendChat(agent, options, { request, observer, signal }),
    close: () => agent.destroy(),
  };
}

interface Exchange {
  readonly request: LlmRequest;
  readonly observer: StreamObserver;
  readonly signal: AbortSignal;
}

function sendChat(agent: Agent, options: LlmClientOptions, exchange: Exchange): Promise<LlmOutcome> {
  const { request, observer, signal } = exchange;
  const base = new URL(options.baseUrl);
  const prompt = request.prompt;
  const body = JSON.stringify({
    model: options.model,
    messages: prompt.kind === 'text' ? [{ role: 'user', content: prompt.text }] : prompt.messages,
    max_tokens: request.maxOutputTokens,
    stream: true,
    stream_options: { include_usage: true },
    ...(request.ignoreEos ? { ignore_eos: true } : {}),
    ...options.extraBody,
    ...request.extraBody,
  });
  return new Promise((resolve) => {
    const chunk: StreamChunk = {
      arrivalNs: options.clock.nowNs(),
      stampSource: 'user',
      errorNs: Number.NaN,
      kind: 'none',
      text: '',
      usageOutputTokensSoFar: undefined,
    };
    let pending = '';
    const decoder = new TextDecoder();
    const outcome = {
      status: 'ok' as LlmOutcome['status'],
      errorCode: undefined as LlmOutcome['errorCode'],
      httpStatus: undefined as number | undefined,
      errorMessage: undefined as string | undefined,
      responseId: undefined as string | undefined,
      finishReason: undefined as string | undefined,
      usagePromptTokens: undefined as number | undefined,
      usageOutputTokens: undefined as number | undefined,
      retryAfterS: undefined,
    };
    const settle = (): void => {
      resolve({ ...outcome, endedNs: options.clock.nowNs() });
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        if (signal.aborted) controller.abort(new Error('cancelled'));
        signal.addEventListener('abort', () => {
          controller.abort(new Error('cancelled'));
        });
        observer.onSent(options.clock.nowNs());
      },
      onResponseStart(_controller, statusCode) {
        outcome.httpStatus = statusCode;
      },
      onResponseData(_controller, bytes) {
        chunk.arrivalNs = options.clock.nowNs();
        pending += decoder.decode(bytes, { stream: true });
        const lines = pending.split('\n');
        pending = lines.pop() ?? '';
        for (const line of lines) {
          if (!line.startsWith('data:') || line.endsWith('[DONE]')) continue;
          const event = JSON.parse(line.slice(5)) as ChatEvent;
          const choice = event.choices?.[0];
          outcome.responseId ??= event.id;
          outcome.finishReason = choice?.finish_reason ?? outcome.finishReason;
          outcome.usagePromptTokens = event.usage?.prompt_tokens ?? outcome.usagePromptTokens;
          outcome.usageOutputTokens = event.usage?.completion_tokens ?? outcome.usageOutputTokens;
          chunk.text = choice?.delta?.content ?? '';
          chunk.kind = chunk.text === '' ? 'none' : 'content';
          chunk.usageOutputTokensSoFar = event.usage?.completion_tokens;
          observer.onChunk(chunk);
        }
      },
      onResponseEnd: settle,
      onResponseError(_controller, error) {
        outcome.status = signal.aborted ? 'cancelled' : 'error';
        outcome.errorCode = signal.aborted ? 'cancelled' : 'reset';
        outcome.errorMessage = messageOf(error);
        settle();
      },
    };
    const path = `${base.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1/chat/completions`;
    const headers = {
      'content-type': 'application/json',
      'x-request-id': request.requestId,
      ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
      ...options.headers,
    };
    agent.dispatch({ origin: base.origin, path, method: 'POST', headers, body }, handler);
  });
}
