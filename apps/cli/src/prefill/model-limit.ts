import { FluidscopeError } from '@fluidscope/errors';
import type { LlmClient } from '@fluidscope/llm-client';
import { DEFAULT_LONGEST_TOKENS, DEFAULT_SHORTEST_TOKENS, type PrefillProfile } from '@fluidscope/prefill';
import type { EndpointConfig } from '../run/endpoint-flags.js';
import { isRefusal, sendIsolated } from './isolated-request.js';
import type { UniquePrompts } from './unique-prompts.js';

export interface ModelLimit {
  /** The longest prompt to measure. */
  readonly longestTokens: number;
  /** What is known of the model's limit; `null` where nothing below the longest default was met. */
  readonly known: PrefillProfile['max_model_len'];
}

/** Room for the answer, the chat template's own tokens, and a counter that is not the model's. */
const MARGIN_RATIO = 0.05;
const MARGIN_TOKENS = 64;

/** The longest prompt for a limit that somebody stated. */
export function longestWithin(maxModelTokens: number): number {
  const within = maxModelTokens - Math.max(MARGIN_TOKENS, Math.ceil(MARGIN_RATIO * maxModelTokens));
  return Math.min(DEFAULT_LONGEST_TOKENS, Math.max(Math.ceil(maxModelTokens / 2), within));
}

/** Asks the server's list of models; `undefined` where it gives no limit, or no list. */
export async function askedModelLimit(endpoint: EndpointConfig): Promise<number | undefined> {
  const url = `${endpoint.url.replace(/\/+$/, '').replace(/\/v1(\/.*)?$/, '')}/v1/models`;
  try {
    const answer = await fetch(url, {
      headers: {
        ...endpoint.headers,
        ...(endpoint.apiKey === undefined ? {} : { authorization: `Bearer ${endpoint.apiKey}` }),
      },
      signal: AbortSignal.timeout(5_000),
    });
    return answer.ok ? limitIn(await answer.json(), endpoint.model) : undefined;
  } catch {
    // Whatever is wrong with the server, its first request says it better.
    return undefined;
  }
}

/** The length that the server takes, from the longest default down by halves. The request that is taken warms the server up. */
export async function probedModelLimit(
  client: LlmClient,
  prompts: UniquePrompts,
  signal: AbortSignal,
): Promise<ModelLimit> {
  let known: ModelLimit['known'] = null;
  let refused = '';
  for (let tokens = DEFAULT_LONGEST_TOKENS; tokens >= DEFAULT_SHORTEST_TOKENS / 8; tokens /= 2) {
    const answer = await sendIsolated(
      client,
      { requestId: `probe-${tokens}`, prompt: prompts.next(tokens) },
      signal,
    );
    const { outcome } = answer;
    if (outcome.status === 'ok') return { longestTokens: tokens, known };
    refused = outcome.errorMessage ?? outcome.errorCode ?? outcome.status;
    if (!isRefusal(outcome)) break;
    known = { tokens, source: 'refusal' };
  }
  throw new FluidscopeError(`Expected the server to take a prompt but it answered: ${refused}`, {
    code: 'prefill.no-length-taken',
    hint: 'Check --url, --model and the key; --max-model-len spares the search for the limit.',
  });
}

function limitIn(list: unknown, model: string | undefined): number | undefined {
  const data: unknown = typeof list === 'object' && list !== null && 'data' in list ? list.data : undefined;
  if (!Array.isArray(data)) return undefined;
  const entries = data.filter(
    (each): each is Record<string, unknown> => typeof each === 'object' && each !== null,
  );
  const own = entries.find(({ id }) => id === model) ?? (entries.length === 1 ? entries[0] : undefined);
  const limit = own?.['max_model_len'] ?? own?.['context_length'] ?? own?.['max_context_length'];
  return typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 8 ? limit : undefined;
}
