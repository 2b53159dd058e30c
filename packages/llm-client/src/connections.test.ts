import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { clientFor, send, until } from './testing/client-fixture.js';
import type { StampedSockets } from './stamped-sockets.js';
import { openedForEachTest } from './testing/opened.js';
import { chatEvent, chunk, CLOSE, DONE, fullResponse, head, LAST_CHUNK } from './testing/scripted-server.js';

const { serve, keep } = openedForEachTest();
const OK = [head(), chunk(chatEvent('a', 'stop')), chunk(DONE), LAST_CHUNK];

describe('connections', () => {
  it('are reused by requests that follow each other', async () => {
    const { server, client } = await serve(OK);
    for (let index = 0; index < 5; index += 1) {
      expect((await send(client)).outcome.status).toBe('ok');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(server.connectionsCount).toBe(1);
  });

  it('are made anew for each request where none is to be kept alive', async () => {
    const { server, client } = await serve(OK, { keepsAlive: false });
    for (let index = 0; index < 3; index += 1) expect((await send(client)).outcome.status).toBe('ok');
    expect(server.connectionsCount).toBe(3);
    expect(server.requests.map(({ headers }) => headers['connection'])).toEqual(['close', 'close', 'close']);
  });

  it('are given up before the time that the server announces for idle ones', async () => {
    const { server, client } = await serve([
      fullResponse('200 OK', chatEvent('a', 'stop'), { connection: 'keep-alive', 'keep-alive': 'timeout=1' }),
    ]);
    for (let index = 0; index < 3; index += 1) expect((await send(client)).outcome.status).toBe('ok');
    expect(server.connectionsCount).toBe(3);
  });

  it('are one a request when all are busy, without a limit', async () => {
    let started = 0;
    const { server, client } = await serve(() => {
      started += 1;
      return [head(), chunk(chatEvent('a')), { pauseMs: 100 }, chunk(chatEvent('b', 'stop')), LAST_CHUNK];
    });
    const all = Array.from({ length: 60 }, () => send(client));
    await until(() => started === 60);
    expect(server.connectionsCount).toBe(60);
    for (const one of await Promise.all(all)) expect(one.outcome.status).toBe('ok');
  });

  it('are as many as the limit says, and the others wait in order', async () => {
    const { server, client } = await serve(OK, { connectionsCount: 2 });
    const all = await Promise.all(
      Array.from({ length: 9 }, (_, index) => send(client, { request: { requestId: `r${index}` } })),
    );
    expect(all.map((one) => one.outcome.status)).toEqual(Array.from({ length: 9 }, () => 'ok'));
    expect(server.connectionsCount).toBe(2);
    expect(server.requests.map(({ headers }) => headers['x-request-id'])).toEqual(
      Array.from({ length: 9 }, (_, index) => `r${index}`),
    );
  });

  it('are made anew when the server closed the old one', async () => {
    const { server, client } = await serve([
      fullResponse('200 OK', chatEvent('a', 'stop'), { connection: 'close' }),
      CLOSE,
    ]);
    for (let index = 0; index < 3; index += 1) expect((await send(client)).outcome.status).toBe('ok');
    expect(server.connectionsCount).toBe(3);
  });

  it('are made anew when the server closed the old one unannounced', async () => {
    const { server, client } = await serve([...OK, CLOSE]);
    for (let index = 0; index < 20; index += 1) expect((await send(client)).outcome.status).toBe('ok');
    expect(server.connectionsCount).toBe(20);
  });

  it('come from an injected connector', async () => {
    const { server } = await serve(OK);
    let made = 0;
    const client = keep(
      clientFor('http://a.name.that.is.never.looked.up', {
        connector: (_target, callback) => {
          made += 1;
          const socket = connect(server.port, '127.0.0.1', () => {
            callback(null, socket);
          });
        },
      }),
    );
    expect((await send(client)).text).toBe('a');
    expect(made).toBe(1);
  });

  it('are told which request they carry, where their sockets want to know', async () => {
    const { server } = await serve(OK);
    const carried: (string | undefined)[] = [];
    const sockets: StampedSockets = {
      connect: ({ host, port }) => connect(port, host),
      follow: () => undefined,
      hasPeerEnded: () => false,
      stampOf: () => undefined,
      carry: (_stream, requestId) => carried.push(requestId),
    };
    const client = keep(clientFor(server.url, { sockets }));
    for (const requestId of ['a', 'b']) {
      expect((await send(client, { request: { requestId } })).outcome.status).toBe('ok');
      await until(() => carried.at(-1) === undefined);
    }
    expect(carried).toEqual(['a', undefined, 'b', undefined]);
  });
});
