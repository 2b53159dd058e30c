import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { clientFor, connectorWithReadHook, request, send, until } from './testing/client-fixture.js';
import { openedForEachTest } from './testing/opened.js';
import { chatEvent, chunk, DONE, HANG, head, LAST_CHUNK, ScriptedServer } from './testing/scripted-server.js';

const { serve, keep } = openedForEachTest();

const CANCELLED = { status: 'cancelled', errorCode: 'cancelled', errorMessage: 'Cancelled by the caller' };

describe('aborting', () => {
  it('before sending sends nothing', async () => {
    const { server, client } = await serve([HANG]);
    const { outcome, sentNs } = await send(client, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ status: 'cancelled', errorCode: 'cancelled' });
    expect(sentNs).toBeUndefined();
    expect(server.connectionsCount).toBe(0);
  });

  it('while connecting frees the socket', async () => {
    const { server, client } = await serve([HANG]);
    const controller = new AbortController();
    const sending = send(client, { signal: controller.signal });
    controller.abort();
    expect((await sending).outcome).toMatchObject(CANCELLED);
    expect(server.requests).toHaveLength(0);
    await until(() => server.openCount === 0);
  });

  it('while connecting to a host that does not answer is prompt', async () => {
    const client = keep(clientFor('http://127.0.0.1:9', { connector: () => undefined }));
    const controller = new AbortController();
    const sending = send(client, { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect((await sending).outcome).toMatchObject(CANCELLED);
  });

  it('while it waits for a connection leaves the others alone', async () => {
    const { server, client } = await serve(
      [head(), chunk(chatEvent('a', 'stop')), { pauseMs: 20 }, chunk(DONE), LAST_CHUNK],
      { connectionsCount: 1 },
    );
    const controller = new AbortController();
    const first = send(client);
    const second = send(client, { signal: controller.signal });
    const third = send(client);
    controller.abort();
    expect((await second).outcome).toMatchObject(CANCELLED);
    expect([(await first).outcome.status, (await third).outcome.status]).toEqual(['ok', 'ok']);
    expect(server.requests).toHaveLength(2);
  });

  it('as it is sent, or while it waits for a response, closes the connection and opens no other', async () => {
    for (const when of ['sent', 'received']) {
      const controller = new AbortController();
      const { server, client } = await serve([HANG]);
      const sending = send(client, {
        signal: controller.signal,
        onSent: () => {
          if (when === 'sent') controller.abort();
        },
      });
      if (when === 'received') {
        await until(() => server.requests.length === 1);
        controller.abort();
      }
      expect((await sending).outcome).toMatchObject(CANCELLED);
      await until(() => server.openCount === 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(server.connectionsCount).toBeLessThanOrEqual(1);
    }
  });

  it('in mid-stream keeps what had arrived', async () => {
    const { server, client } = await serve([head(), chunk(chatEvent('a')), HANG]);
    const controller = new AbortController();
    const sent = await send(client, {
      signal: controller.signal,
      onChunk: () => {
        setImmediate(() => {
          controller.abort();
        });
      },
    });
    expect(sent.outcome).toMatchObject({ ...CANCELLED, httpStatus: 200 });
    expect(sent.text).toBe('a');
    await until(() => server.openCount === 0);
  });

  it('between a read and its parse delivers what was read', async () => {
    const packet = Buffer.concat([Buffer.from(head()), chunk(chatEvent('a'))]);
    const server = keep(await ScriptedServer.start([packet, HANG]));
    const controller = new AbortController();
    const connector = connectorWithReadHook(server.port, () => {
      controller.abort();
    });
    const client = keep(clientFor(server.url, { connector }));
    const { outcome, text } = await send(client, { signal: controller.signal });
    expect(outcome).toMatchObject(CANCELLED);
    expect(text).toBe('a');
  });

  it('from within a chunk stops at once', async () => {
    const { client } = await serve([
      head(),
      chunk(chatEvent('a') + chatEvent('b') + chatEvent('c', 'stop')),
      HANG,
    ]);
    const controller = new AbortController();
    const sent = await send(client, {
      signal: controller.signal,
      onChunk: () => {
        controller.abort();
      },
    });
    expect(sent.outcome).toMatchObject(CANCELLED);
  });

  it('after the end changes nothing', async () => {
    const { client } = await serve([head(), chunk(chatEvent('a', 'stop')), chunk(DONE), LAST_CHUNK]);
    const controller = new AbortController();
    const { outcome } = await send(client, { signal: controller.signal });
    controller.abort();
    expect(outcome.status).toBe('ok');
  });

  it('ends every request of a signal that many share, with one listener', async () => {
    const { server, client } = await serve([HANG]);
    const controller = new AbortController();
    const sending = Array.from({ length: 50 }, () => send(client, { signal: controller.signal }));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    await until(() => server.requests.length === 50);
    controller.abort();
    for (const one of await Promise.all(sending)) expect(one.outcome).toMatchObject(CANCELLED);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('leaves the client usable, over and over', async () => {
    const { server, client } = await serve(({ headers }) =>
      headers['x-request-id'] === 'stay' ? [head(), chunk(chatEvent('a', 'stop')), LAST_CHUNK] : [HANG],
    );
    for (let round = 0; round < 10; round += 1) {
      const controller = new AbortController();
      const sending = send(client, { signal: controller.signal });
      await until(() => server.requests.length === 2 * round + 1);
      controller.abort();
      expect((await sending).outcome.status).toBe('cancelled');
      expect((await send(client, { request: { requestId: 'stay' } })).outcome.status).toBe('ok');
    }
  });
});

describe('closing the client', () => {
  it('cancels what is in flight and refuses what comes after', async () => {
    const { server, client } = await serve([head(), chunk(chatEvent('a')), HANG]);
    const sending = Array.from({ length: 3 }, () => send(client));
    await until(() => server.requests.length === 3);
    await client.close();
    for (const one of sending) {
      expect((await one).outcome).toMatchObject({
        status: 'cancelled',
        errorMessage: 'The client was closed',
      });
    }
    expect((await send(client)).outcome).toMatchObject({
      status: 'cancelled',
      errorMessage: 'The client is closed',
    });
    await until(() => server.openCount === 0);
  });

  it('may be done twice', async () => {
    const { client } = await serve([HANG]);
    await client.close();
    await expect(client.close()).resolves.toBeUndefined();
  });
});

it('never rejects: a body that is no JSON is an outcome', async () => {
  const { client } = await serve([HANG]);
  const outcome = await client.send(
    request({ extraBody: { huge: 1n } }),
    { onSent: () => undefined, onChunk: () => undefined },
    new AbortController().signal,
  );
  expect(outcome).toMatchObject({ status: 'error', errorCode: 'protocol' });
});
