import { describe, expect, it } from 'vitest';
import { openedForEachTest } from './testing/opened.js';
import { clientFor, ms, NO_TIMEOUTS, send, stampSource, until, type Sent } from './testing/client-fixture.js';
import {
  chatEvent,
  CLOSE,
  HANG,
  RESET,
  chunk,
  DONE,
  fullResponse,
  head,
  LAST_CHUNK,
  ScriptedServer,
  type Script,
} from './testing/scripted-server.js';
import type { LlmClientOptions } from './llm-client.js';

const { serve, keep } = openedForEachTest();

async function exchange(script: Script, options?: Partial<LlmClientOptions>): Promise<Sent> {
  const { client } = await serve(script, options);
  return send(client);
}

const HELLO = [head(), chunk(chatEvent('Hel')), chunk(chatEvent('lo', 'stop')), chunk(DONE), LAST_CHUNK];

describe('a stream', () => {
  it('gives its chunks, stamps in order, and an outcome', async () => {
    const { outcome, chunks, text, sentNs = 0 } = await exchange(HELLO);
    expect(text).toBe('Hello');
    expect(outcome).toMatchObject({
      status: 'ok',
      errorCode: undefined,
      errorMessage: undefined,
      httpStatus: 200,
      responseId: 'chatcmpl-1',
      finishReason: 'stop',
    });
    const times = [sentNs, ...chunks.map((one) => one.arrivalNs), outcome.endedNs];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const { stampSource: source, errorNs } of chunks) {
      expect(source).toBe(stampSource());
      expect(errorNs).toBeGreaterThan(0);
    }
  });

  it('is read to the end of the connection where the server gives no length', async () => {
    const noLength = head('200 OK', { 'transfer-encoding': '', connection: 'close' });
    const { outcome, text } = await exchange([noLength, chatEvent('a'), chatEvent('b', 'stop'), CLOSE]);
    expect(outcome.status).toBe('ok');
    expect(text).toBe('ab');
  });

  it('is read from one packet with its head', async () => {
    const packet = Buffer.concat(HELLO.map((step) => Buffer.from(step as string)));
    expect((await exchange([packet])).text).toBe('Hello');
  });

  it('is read past informational responses', async () => {
    const { outcome } = await exchange(['HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', ...HELLO]);
    expect(outcome).toMatchObject({ status: 'ok', httpStatus: 200 });
  });

  it('has its outcome with the end mark, and its connection is dropped when the server does not end it', async () => {
    const { server, client } = await serve([head(), chunk(chatEvent('a', 'stop')), chunk(DONE), HANG]);
    const { outcome } = await send(client);
    expect(outcome.status).toBe('ok');
    expect(server.openCount).toBe(1);
    await until(() => server.openCount === 0);
  });
});

describe('the completion rule on a connection', () => {
  it.each([
    ['a clean end', [LAST_CHUNK]],
    ['a closed connection', [CLOSE]],
    ['a reset', [RESET]],
  ])('takes a finish reason for the end, whatever follows: %s', async (_what, ending) => {
    const { outcome, text } = await exchange([
      head(),
      chunk(chatEvent('a', 'length')),
      { pauseMs: 5 },
      ...ending,
    ]);
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length' });
    expect(text).toBe('a');
  });

  it('takes it for the end when the stream stalls after it', async () => {
    const timeouts = { ...NO_TIMEOUTS, idleTimeoutNs: ms(30) };
    const { outcome } = await exchange([head(), chunk(chatEvent('a', 'stop')), HANG], { timeouts });
    expect(outcome.status).toBe('ok');
  });

  it('calls a clean end without either a protocol error', async () => {
    const { outcome, text } = await exchange([head(), chunk(chatEvent('a')), LAST_CHUNK]);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'protocol', httpStatus: 200 });
    expect(text).toBe('a');
  });
});

describe('a broken connection', () => {
  it.each([
    ['reset in mid-stream', [head(), chunk(chatEvent('a')), { pauseMs: 5 }, RESET]],
    ['closed in mid-stream', [head(), chunk(chatEvent('a')), CLOSE]],
    ['closed within an HTTP chunk', [head(), 'ff\r\ndata: {"cho', CLOSE]],
    [
      'closed short of its length',
      [head('200 OK', { 'transfer-encoding': '', 'content-length': '999' }), chatEvent('a'), CLOSE],
    ],
    [
      'closed with "connection: close"',
      [head('200 OK', { connection: 'close' }), chunk(chatEvent('a')), CLOSE],
    ],
  ] satisfies [string, Script][])('is a reset: %s', async (_what, script) => {
    const { outcome } = await exchange(script);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'reset', httpStatus: 200 });
    expect(outcome.errorMessage).toMatch(/broke in mid-stream/);
  });

  it.each([CLOSE, RESET])('before any response is a reset too: %j', async (step) => {
    const { outcome } = await exchange([step]);
    expect(outcome).toMatchObject({ errorCode: 'reset', httpStatus: undefined });
    expect(outcome.errorMessage).toMatch(/broke before a response/);
  });
});

it('says when a broken connection was a kept-alive one', async () => {
  const { client } = await serve(({ headers }) =>
    headers['x-request-id'] === 'first' ? [fullResponse('200 OK', chatEvent('a', 'stop'))] : [CLOSE],
  );
  expect((await send(client, { request: { requestId: 'first' } })).outcome.status).toBe('ok');
  const { outcome } = await send(client);
  expect(outcome.errorCode).toBe('reset');
  expect(outcome.errorMessage).toMatch(
    /kept-alive connection, idle for .* after one request, that the server may/,
  );
  expect(outcome.brokenReuse).toMatchObject({ earlierRequestsCount: 1 });
  expect(outcome.brokenReuse?.idleNs).toBeGreaterThanOrEqual(0);
  // The next one opens a socket of its own.
  const next = (await send(client)).outcome;
  expect(next.errorMessage).not.toMatch(/kept-alive connection/);
  expect(next.brokenReuse).toBeUndefined();
});

describe('what is not HTTP', () => {
  it.each([
    ['another protocol', ['SSH-2.0-OpenSSH_9.6\r\n', HANG]],
    ['a malformed chunk', [head(), 'zz\r\n', HANG]],
    ['a response to nothing that was asked', ['HTTP/1.1 100 Continue\r\n\r\n', HANG]],
    ['headers beyond the limit', [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, HANG]],
  ] satisfies [string, Script][])('is a protocol error: %s', async (_what, script) => {
    expect((await exchange(script)).outcome).toMatchObject({ status: 'error', errorCode: 'protocol' });
  });
});

describe('an error in the stream', () => {
  it("ends it as the server's, with its words, and drops the connection", async () => {
    const error = 'data: {"error":{"message":"CUDA out of memory"}}\n\n';
    const { server, client } = await serve([head(), chunk(chatEvent('a')), chunk(error), HANG]);
    const { outcome, text } = await send(client);
    expect(outcome).toMatchObject({
      errorCode: 'server_error',
      errorMessage: 'CUDA out of memory',
      httpStatus: 200,
    });
    expect(text).toBe('a');
    await until(() => server.openCount === 0);
  });
});

describe('an HTTP error', () => {
  it.each([
    [
      'JSON',
      fullResponse('400 Bad Request', '{"error":{"message":"max_tokens is too large"}}'),
      400,
      'max_tokens is too large',
    ],
    [
      'HTML',
      fullResponse(
        '502 Bad Gateway',
        '<html>\n<head><title>502 Bad Gateway</title></head><body>x</body></html>',
      ),
      502,
      '502 Bad Gateway',
    ],
    [
      'text',
      fullResponse('500 Internal Server Error', 'Internal\n Server  Error'),
      500,
      'Internal Server Error',
    ],
    [
      'no body',
      fullResponse('503 Service Unavailable', ''),
      503,
      'HTTP 503 Service Unavailable without a body',
    ],
  ])("has the server's words: %s", async (_what, response, httpStatus, errorMessage) => {
    const { outcome, chunks } = await exchange([response]);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'http', httpStatus, errorMessage });
    expect(chunks).toEqual([]);
  });

  it('whose body never ends is the status, when the idle limit passes', async () => {
    const timeouts = { ...NO_TIMEOUTS, idleTimeoutNs: ms(30) };
    const { outcome } = await exchange([head('404 Not Found'), chunk('no such'), HANG], { timeouts });
    expect(outcome).toMatchObject({ errorCode: 'http', httpStatus: 404, errorMessage: 'no such' });
  });

  it('whose body breaks off is the status', async () => {
    const { outcome } = await exchange([head('500 Oops'), chunk('why'), { pauseMs: 5 }, RESET]);
    expect(outcome).toMatchObject({ errorCode: 'http', httpStatus: 500, errorMessage: 'why' });
  });

  it('whose body is endless is read no further than its message needs', async () => {
    const page = chunk('x'.repeat(16_384));
    const { outcome } = await exchange([head('500 Oops'), page, page, page, page, page, HANG]);
    expect(outcome).toMatchObject({ errorCode: 'http', httpStatus: 500 });
    expect(outcome.errorMessage).toHaveLength(500);
  });

  it.each([
    ['429 Too Many Requests', '7', 7],
    ['503 Service Unavailable', 'Wed, 21 Oct 2015 07:28:30 GMT', 30],
    ['500 Internal Server Error', '7', undefined],
  ])('says how long to wait: %s, %s', async (status, retryAfter, retryAfterS) => {
    const headers = { 'retry-after': retryAfter, date: 'Wed, 21 Oct 2015 07:28:00 GMT' };
    const { outcome } = await exchange([fullResponse(status, '{}', headers)]);
    expect(outcome.retryAfterS).toBe(retryAfterS);
  });

  it('keeps the headers of a rate limit, and no others', async () => {
    const headers = { 'X-RateLimit-Remaining-Requests': '0', 'ratelimit-reset': '7', 'x-request-id': 'a' };
    const { outcome } = await exchange([fullResponse('429 Too Many Requests', '{}', headers)]);
    expect(outcome.rateLimitHeaders).toEqual({
      'x-ratelimit-remaining-requests': '0',
      'ratelimit-reset': '7',
    });
  });

  it('is what a redirect is, with a hint where to', async () => {
    const { server, client } = await serve([
      fullResponse('307 Temporary Redirect', '', { location: 'https://elsewhere/v1/chat/completions' }),
    ]);
    const { outcome } = await send(client);
    expect(outcome).toMatchObject({ errorCode: 'http', httpStatus: 307 });
    expect(outcome.errorMessage).toMatch(/not followed: give https:\/\/elsewhere/);
    expect(server.requests).toHaveLength(1);
  });

  it('leaves its connection for the next request', async () => {
    const { server, client } = await serve([fullResponse('400 Bad Request', '{}')]);
    await send(client);
    await send(client);
    expect(server.connectionsCount).toBe(1);
  });
});

describe('what cannot be reached', () => {
  it('is a connect error when nothing listens', async () => {
    const server = await ScriptedServer.start([]);
    const { url } = server;
    await server.close();
    const client = clientFor(url);
    keep(client);
    const { outcome, sentNs } = await send(client);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'connect', httpStatus: undefined });
    expect(outcome.errorMessage).toMatch(/ECONNREFUSED.*Nothing listens there/);
    expect(sentNs).toBeUndefined();
  });

  it('is a connect error when every address of a name refuses', async () => {
    const server = await ScriptedServer.start([]);
    const { port } = server;
    await server.close();
    const client = clientFor(`http://localhost:${port}`);
    keep(client);
    expect((await send(client)).outcome).toMatchObject({
      errorCode: 'connect',
      errorMessage: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it('is a connect error when the name does not resolve', async () => {
    const client = clientFor('http://no-such-host.invalid:1');
    keep(client);
    const { outcome } = await send(client);
    expect(outcome.errorCode).toBe('connect');
    expect(outcome.errorMessage).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  it('is reached again by the same client once it listens', async () => {
    const first = await ScriptedServer.start([]);
    const { port } = first;
    await first.close();
    const client = clientFor(`http://127.0.0.1:${port}`);
    keep(client);
    expect((await send(client)).outcome.errorCode).toBe('connect');
    const { createServer } = await import('node:http');
    const second = createServer((_request, response) => response.end(chatEvent('a', 'stop')));
    await new Promise<void>((resolve) => second.listen(port, '127.0.0.1', resolve));
    expect((await send(client)).outcome.status).toBe('ok');
    second.closeAllConnections();
    second.close();
  });
});

describe('an observer that throws', () => {
  it('ends its own request only, and the error surfaces', async () => {
    const { client } = await serve(HELLO);
    const surfaced: unknown[] = [];
    const previous = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => surfaced.push(error));
    const failing = send(client, {
      onChunk: () => {
        throw new Error('defect');
      },
    });
    const [broken, whole] = await Promise.all([failing, send(client)]);
    await until(() => surfaced.length > 0);
    process.removeAllListeners('uncaughtException');
    for (const listener of previous) process.on('uncaughtException', listener);
    expect(broken.outcome).toMatchObject({
      status: 'cancelled',
      errorMessage: 'The observer failed: defect',
    });
    expect(whole).toMatchObject({ text: 'Hello', outcome: { status: 'ok' } });
    expect(surfaced).toMatchObject([{ message: 'defect' }]);
  });
});
