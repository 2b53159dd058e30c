import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeProbe } from '../clock-messages.js';
import { decodeFrame } from '../frame/decode-frame.js';
import { connected, until } from '../testing/recorded-link.js';
import { ORIGIN, startAgent } from '../testing/running-agent.js';

/** A socket with nothing of the client's care. */
async function rawSocket(url: string, path = '/v1/stream', headers = {}): Promise<WebSocket> {
  const socket = new WebSocket(url + path, { headers });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('open', resolve).once('close', resolve));
  return socket;
}

const SUBSCRIBE = JSON.stringify({ type: 'subscribe', link_version: 1 });

describe('a reader that does not read', () => {
  it('slows nobody, holds no memory, and is told what it missed', async () => {
    const backlogBytes = 200_000;
    const agent = await startAgent({ limits: { backlogBytes, socketWindowBytes: 20_000 } });
    const slow = await rawSocket(agent.url);
    const messages: (string | Buffer)[] = [];
    slow.on('message', (data: Buffer, isBinary) => messages.push(isBinary ? data : data.toString()));
    slow.send(SUBSCRIBE);
    await until(() => agent.source.listenersCount === 1);
    slow.pause();
    const quick = await connected(agent.url);
    const batches = 400;
    for (let batch = 0; batch < batches; batch++) {
      // Random values, so that a batch is several kilobytes and all of them more than the kernel's buffers.
      agent.source.give(Array.from({ length: 4_000 }, (_, at) => ({ beforeNs: at, value: Math.random() })));
      expect(agent.server.backlogBytes).toBeLessThan(backlogBytes + 60_000);
      await until(() => quick.rows.length === 4_000);
      quick.rows.length = 0;
    }
    expect(quick.losses).toEqual([]);
    const [slowFigures, quickFigures] = agent.server.readers;
    expect(slowFigures).toMatchObject({ id: 1 });
    // It holds its window and no more, however far it is behind.
    expect(slowFigures?.bufferedBytes).toBeLessThan(200_000);
    expect(slowFigures?.behindCount).toBeGreaterThan(100);
    expect(quickFigures).toMatchObject({ id: 2, behindCount: 0, dropped: { gapsCount: 0, samplesCount: 0 } });
    slow.resume();
    agent.source.say({ kind: 'end', monoNs: ORIGIN, source: 'test', detail: null });
    await until(() => messages.some((message) => typeof message === 'string' && message.includes('"event"')));
    const samples = messages
      .filter(Buffer.isBuffer)
      .map((frame) => decodeFrame(frame, ORIGIN).columns.length);
    const dropped = messages.flatMap((message) => {
      if (typeof message !== 'string' || !message.includes('"dropped"')) return [];
      return [JSON.parse(message) as { reason: string; records_count: number }];
    });
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.every(({ reason }) => reason === 'slow_reader')).toBe(true);
    const total = [...samples, ...dropped.map(({ records_count }) => records_count)];
    expect(total.reduce((sum, count) => sum + count, 0)).toBe(batches * 4_000);
    const missedCount = dropped.reduce((sum, { records_count }) => sum + records_count, 0);
    expect(agent.server.readers[0]?.dropped).toEqual({
      gapsCount: dropped.length,
      samplesCount: missedCount,
    });
    slow.terminate();
    await until(() => agent.server.readersCount === 1);
    // What it missed is not forgotten with it.
    expect(agent.server.dropped.samplesCount).toBe(missedCount);
  });

  it('is given up when it does not answer pings', async () => {
    const agent = await startAgent({ limits: { keepaliveMs: 20 } });
    const slow = await rawSocket(agent.url);
    slow.pause();
    await until(() => agent.server.readersCount === 0);
  });
});

/** The status, headers and body that a WebSocket's upgrade was refused with. */
async function refusalOf(
  url: string,
  headers = {},
): Promise<{ status: number; type: string; body: unknown }> {
  const response = await new Promise<IncomingMessage>((resolve) => {
    new WebSocket(url, { headers })
      .on('error', () => {})
      .on('unexpected-response', (_request, given: IncomingMessage) => resolve(given));
  });
  const body = JSON.parse(await text(response)) as unknown;
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body };
}

describe('who may connect', () => {
  it('answers each refusal as JSON, with what to do', async () => {
    const overRate = { httpStatus: 429, code: 'too_many_requests', message: 'Expected fewer' };
    const agent = await startAgent({
      authorise: ({ headers }) =>
        headers.authorization === undefined ? false : headers.authorization === 'right' || overRate,
      limits: { maxReadersCount: 1 },
    });
    const stream = `${agent.url}/v1/stream`;
    expect(await refusalOf(stream)).toMatchObject({
      status: 401,
      type: 'application/json; charset=utf-8',
      body: {
        error: { code: 'unauthorized', hint: expect.stringContaining('--agent-token-file') as string },
      },
    });
    expect(await refusalOf(stream, { authorization: 'often' })).toMatchObject({
      status: 429,
      body: { error: { code: 'too_many_requests', message: 'Expected fewer' } },
    });
    expect(await refusalOf(stream, { origin: 'https://evil' })).toMatchObject({ status: 403 });
    expect(await refusalOf(`${agent.url}/elsewhere`)).toMatchObject({ status: 404 });
    const reader = await rawSocket(agent.url, '/v1/stream', { authorization: 'right' });
    expect(await refusalOf(stream, { authorization: 'right' })).toMatchObject({
      status: 503,
      body: { error: { hint: expect.stringContaining('--max-readers') as string } },
    });
    expect([...agent.server.refusedCounts]).toEqual([
      [401, 1],
      [429, 1],
      [403, 1],
      [404, 1],
      [503, 1],
    ]);
    reader.terminate();
  });

  it('refuses a page of another origin', async () => {
    const agent = await startAgent({ originAllowed: (origin) => origin === 'https://ours' });
    const ours = await rawSocket(agent.url, '/v1/stream', { origin: 'https://ours' });
    expect(ours.readyState).toBe(WebSocket.OPEN);
    const theirs = await rawSocket(agent.url, '/v1/stream', { origin: 'https://theirs' });
    expect(theirs.readyState).toBe(WebSocket.CLOSED);
    ours.terminate();
  });

  it('keeps no connection open of a client that was refused and does not leave', async () => {
    const agent = await startAgent({ authorise: () => false });
    const client = connect({ port: agent.port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => {});
    client.write('GET /v1/stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    // Events, for to read it as a stream would close this side too.
    let answer = '';
    client.setEncoding('latin1').on('data', (part: string) => (answer += part));
    await new Promise((resolve) => client.once('end', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    await until(() => agent.connectionsCount === 0);
    client.destroy();
  });

  it('disconnects who probes too often', async () => {
    const agent = await startAgent({ limits: { maxProbesPerS: 5 } });
    const clock = await rawSocket(agent.url, '/v1/clock');
    for (let id = 0; id < 50; id++) clock.send(encodeProbe(id));
    await until(() => clock.readyState === WebSocket.CLOSED);
    expect(agent.server.clockSocketsCount).toBe(0);
  });

  it('bounds clock sockets', async () => {
    const agent = await startAgent({ limits: { maxClockSocketsCount: 1 } });
    const first = await rawSocket(agent.url, '/v1/clock');
    expect((await rawSocket(agent.url, '/v1/clock')).readyState).toBe(WebSocket.CLOSED);
    first.terminate();
    await until(() => agent.server.clockSocketsCount === 0);
  });

  it('refuses limits that are none', async () => {
    await expect(startAgent({ limits: { backlogBytes: 0, keepaliveMs: NaN } })).rejects.toThrow(
      /backlogBytes[^]*keepaliveMs/,
    );
  });
});

describe('what a reader may send', () => {
  it.each([
    ['a binary message', Buffer.from([1])],
    ['no JSON', 'hello'],
    ['a message of another version', '{"type":"subscribe","link_version":99}'],
  ])('answers %s with one error, and disconnects', async (_name, message) => {
    const agent = await startAgent();
    const socket = await rawSocket(agent.url);
    const errors: string[] = [];
    socket.on('message', (data: Buffer) => {
      if (data.includes('"error"')) errors.push(data.toString());
    });
    socket.send(message);
    await until(() => agent.server.readersCount === 0);
    await until(() => socket.readyState === WebSocket.CLOSED);
    expect(errors).toHaveLength(1);
  });

  it('disconnects who sends too much, too often, or nothing', async () => {
    const agent = await startAgent({
      limits: { maxMessageBytes: 500, maxMessagesPerS: 5, subscribeMs: 200 },
    });
    const large = await rawSocket(agent.url);
    large.send('x'.repeat(501));
    await until(() => large.readyState === WebSocket.CLOSED);
    const often = await rawSocket(agent.url);
    for (let count = 0; count < 50; count++) often.send(SUBSCRIBE);
    await until(() => often.readyState === WebSocket.CLOSED);
    const silent = await rawSocket(agent.url);
    await until(() => silent.readyState === WebSocket.CLOSED);
    expect(agent.server.readersCount).toBe(0);
  });

  it('survives anything', async () => {
    const agent = await startAgent({ limits: { maxReadersCount: 1_000, maxClockSocketsCount: 1_000 } });
    const message = fc.oneof(
      fc.string(),
      fc.json(),
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(SUBSCRIBE),
    );
    const path = fc.constantFrom('/v1/stream', '/v1/clock');
    await fc.assert(
      fc.asyncProperty(path, fc.array(message, { minLength: 1, maxLength: 5 }), async (at, messages) => {
        const socket = await rawSocket(agent.url, at);
        for (const each of messages) socket.send(each);
        socket.close();
        await until(() => socket.readyState === WebSocket.CLOSED);
      }),
      { numRuns: 60 },
    );
    const { rows } = await connected(agent.url);
    agent.source.give([{}]);
    await until(() => rows.length === 1);
  });
});
