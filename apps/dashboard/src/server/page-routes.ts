import { HttpError, type AccessPolicy, type RequestBudget } from '@fluidscope/guarded-server';
import { LIVE_PATH } from '@fluidscope/live-view';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-bundle.js';
import { pageMarkup } from './page-markup.js';

export interface PageRoutes {
  readonly access: AccessPolicy;
  readonly budget: RequestBudget;
  readonly asksToken: boolean;
  /** ns of any monotonic clock. */
  readonly nowNs: () => number;
  /** What the server says of its own work. */
  readonly figures: () => unknown;
  readonly onWarning: (message: string) => void;
}

interface Answer {
  readonly contentType: string;
  readonly body: string;
}

interface Route {
  /** Answered without a token: it tells nothing of the run or the machine. */
  readonly isOpen: boolean;
  readonly answer: (parts: PageRoutes) => Answer;
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', { isOpen: true, answer: ({ asksToken }) => text('text/html', pageMarkup({ asksToken })) }],
  ['/page.js', { isOpen: true, answer: () => text('text/javascript', PAGE_SCRIPT) }],
  ['/page.css', { isOpen: true, answer: () => text('text/css', PAGE_STYLE) }],
  ['/healthz', { isOpen: true, answer: () => json({ status: 'ok' }) }],
  ['/v1/figures', { isOpen: false, answer: ({ figures }) => json(figures()) }],
  [LIVE_PATH, { isOpen: false, answer: askForUpgrade }],
]);

/** The page may load nothing but itself, run nothing but its own script, and stand in no other page's frame. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** Answers GET and HEAD of the routes; everything else is an error as JSON. */
export function createPageListener(parts: PageRoutes): RequestListener {
  return (request, response) => {
    try {
      send(request, response, answer(request, parts));
    } catch (thrown) {
      if (!(thrown instanceof HttpError)) parts.onWarning(`a request failed: ${String(thrown)}`);
      const error = thrown instanceof HttpError ? thrown : new HttpError(500, 'The page failed to answer');
      response.statusCode = error.httpStatus;
      for (const [name, value] of Object.entries(error.details.headers ?? {}))
        response.setHeader(name, value);
      send(request, response, json(error));
    }
  };
}

/** Throws for one request more than its address may make now; upgrades count too. */
export function requireBudget({ socket }: IncomingMessage, { budget, nowNs }: PageRoutes): void {
  if (budget.take(socket.remoteAddress ?? '', nowNs())) return;
  throw new HttpError(429, 'Expected fewer requests a second from this address', {
    headers: { 'Retry-After': '1' },
  });
}

function answer(request: IncomingMessage, parts: PageRoutes): Answer {
  requireBudget(request, parts);
  parts.access.requireKnownSource(request);
  const route = ROUTES.get((request.url ?? '').split('?')[0] ?? '');
  if (route?.isOpen !== true) parts.access.requireToken(request);
  if (route === undefined) throw new HttpError(404, `Expected one of ${[...ROUTES.keys()].join(', ')}`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new HttpError(405, 'Expected GET or HEAD: the page only shows', {
      headers: { Allow: 'GET, HEAD' },
    });
  }
  return route.answer(parts);
}

function send(request: IncomingMessage, response: ServerResponse, { contentType, body }: Answer): void {
  response.writeHead(response.statusCode, {
    'Content-Type': `${contentType}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    ...HEADERS,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function text(contentType: string, body: string): Answer {
  return { contentType, body };
}

function json(value: unknown): Answer {
  return { contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

function askForUpgrade(): never {
  throw new HttpError(426, 'Expected a WebSocket', {
    headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
  });
}
