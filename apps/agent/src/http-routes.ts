import type { GpuAgent } from '@fluidscope/gpu-agent';
import { HttpError, type AccessPolicy, type RequestBudget } from '@fluidscope/guarded-server';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { PrometheusPage } from './prometheus-page.js';

export interface RouteParts {
  readonly agent: GpuAgent;
  readonly page: PrometheusPage;
  readonly access: AccessPolicy;
  readonly budget: RequestBudget;
  readonly onWarning: (message: string) => void;
}

interface Answer {
  readonly contentType: string;
  readonly body: string;
}

interface Route {
  /** Answered without a token: it tells nothing of the machine. */
  readonly isOpen: boolean;
  readonly answer: (parts: RouteParts) => Answer | Promise<Answer>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/healthz', { isOpen: true, answer: () => jsonAnswer({ status: 'ok' }) }],
  ['/v1/describe', { isOpen: false, answer: ({ agent }) => jsonAnswer(agent.describe()) }],
  [
    '/metrics',
    {
      isOpen: false,
      answer: async ({ page }) => ({ contentType: page.contentType, body: await page.text() }),
    },
  ],
  ['/v1/stream', { isOpen: false, answer: askForUpgrade }],
  ['/v1/clock', { isOpen: false, answer: askForUpgrade }],
]);

/** Answers GET and HEAD of the routes; everything else is an error as JSON. */
export function createRequestListener(parts: RouteParts): RequestListener {
  return (request, response) => {
    answer(request, parts)
      .catch((thrown: unknown) => errorAnswer(thrown, parts))
      .then((given) => send(given, { request, response }))
      .catch((thrown: unknown) => {
        parts.onWarning(`answering ${request.method ?? ''} failed: ${String(thrown)}`);
        response.destroy();
      });
  };
}

type Given = Answer & { readonly httpStatus?: number; readonly headers?: Readonly<Record<string, string>> };

async function answer(request: IncomingMessage, parts: RouteParts): Promise<Given> {
  requireBudget(request, parts);
  parts.access.requireKnownSource(request);
  const path = (request.url ?? '').split('?')[0] ?? '';
  const route = ROUTES.get(path);
  if (route?.isOpen !== true) parts.access.requireToken(request);
  if (route === undefined) {
    throw new HttpError(404, `Expected one of ${[...ROUTES.keys()].join(', ')}`);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new HttpError(405, 'Expected GET or HEAD: the agent only answers', {
      headers: { Allow: 'GET, HEAD' },
    });
  }
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (hasBody) throw new HttpError(413, 'Expected no body', { headers: { Connection: 'close' } });
  return route.answer(parts);
}

/** Throws for one request more than its address may make now. */
export function requireBudget(
  { socket }: IncomingMessage,
  { agent, budget }: Pick<RouteParts, 'agent' | 'budget'>,
): void {
  const nowNs = Number(process.hrtime.bigint() - agent.originMonoNs);
  if (budget.take(socket.remoteAddress ?? '', nowNs)) return;
  throw new HttpError(429, 'Expected fewer requests a second from this address', {
    headers: { 'Retry-After': '1' },
  });
}

function errorAnswer(thrown: unknown, { onWarning }: RouteParts): Given {
  if (!(thrown instanceof HttpError)) onWarning(`a request failed: ${String(thrown)}`);
  const error = thrown instanceof HttpError ? thrown : new HttpError(500, 'The agent failed to answer');
  return { ...jsonAnswer(error), httpStatus: error.httpStatus, headers: error.details.headers ?? {} };
}

function send(
  { httpStatus = 200, headers = {}, contentType, body }: Given,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): void {
  response.writeHead(httpStatus, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function jsonAnswer(value: unknown): Answer {
  return { contentType: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

function askForUpgrade(): never {
  throw new HttpError(426, 'Expected a WebSocket', {
    headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
    hint: 'Read it with fluidscope watch --agent or run --agent.',
  });
}
