import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import type { ErrorCode } from '@fluidscope/trace-schema';
import type { RunNs } from '@fluidscope/units';
import type { ConnectionReuse, LlmOutcome } from './llm-client.js';
import { retryAfterS } from './retry-after.js';
import type { StreamReading } from './stream-reading.js';

/** How a request ended. */
export type Ending =
  | { readonly status: 'ok' }
  | {
      readonly status: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly brokenReuse?: ConnectionReuse;
    }
  | { readonly status: 'cancelled'; readonly message: string };

export interface ResponseHead {
  readonly httpStatus: number;
  readonly headers: IncomingHttpHeaders;
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The ending that a status of 300 or above is: the server's words, or the status's own. */
export function endingOfStatus(response: ResponseHead, serverMessage: string | undefined): Ending {
  const { httpStatus } = response;
  const status = `HTTP ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}`.trim();
  if (httpStatus >= 400) {
    return { status: 'error', code: 'http', message: serverMessage ?? `${status} without a body` };
  }
  // A redirect that was followed silently would be measured as the server's time.
  const location = headerOf(response.headers, 'location');
  const hint = location === undefined ? '' : `: give ${location} (without the endpoint's path) as the URL`;
  return { status: 'error', code: 'http', message: `${status}. Redirects are not followed${hint}.` };
}

/** Everything that is known of a request at its end. */
export interface ExchangeEnd {
  readonly ending: Ending;
  readonly endedNs: RunNs;
  readonly response: ResponseHead | undefined;
  readonly reading: StreamReading;
  readonly cleanMessage: (message: string) => string;
}

export function outcomeOf({ ending, endedNs, response, reading, cleanMessage }: ExchangeEnd): LlmOutcome {
  return {
    status: ending.status,
    errorCode: errorCodeOf(ending),
    httpStatus: response?.httpStatus,
    errorMessage: ending.status === 'ok' ? undefined : cleanMessage(ending.message),
    responseId: reading.responseId,
    finishReason: reading.finishReason,
    usagePromptTokens: reading.usagePromptTokens,
    usageOutputTokens: reading.usageOutputTokens,
    usageCachedTokens: reading.usageCachedTokens,
    rateLimitHeaders: response === undefined ? undefined : rateLimitHeadersOf(response.headers),
    retryAfterS: response === undefined ? undefined : waitAskedForS(response),
    ...(ending.status === 'error' && ending.brokenReuse && { brokenReuse: ending.brokenReuse }),
    endedNs,
  };
}

function errorCodeOf(ending: Ending): ErrorCode | undefined {
  switch (ending.status) {
    case 'ok':
      return undefined;
    case 'error':
      return ending.code;
    case 'cancelled':
      return 'cancelled';
  }
}

const RATE_LIMIT_HEADER = /^(x-)?ratelimit/;
/** They are short numbers and times; a server that sends more must not fill a trace. */
const LONGEST_HEADER_CHARACTERS = 200;

function rateLimitHeadersOf(headers: IncomingHttpHeaders): Readonly<Record<string, string>> | undefined {
  const kept = Object.keys(headers)
    .filter((name) => RATE_LIMIT_HEADER.test(name))
    .map((name) => [name, (headerOf(headers, name) ?? '').slice(0, LONGEST_HEADER_CHARACTERS)] as const);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function waitAskedForS({ httpStatus, headers }: ResponseHead): number | undefined {
  if (httpStatus !== 429 && httpStatus !== 503) return undefined;
  return retryAfterS(headerOf(headers, 'retry-after'), headerOf(headers, 'date'));
}
