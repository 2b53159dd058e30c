import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readProxy } from './proxy-tunnel.js';
import { clientFor, send, stampSource } from './testing/client-fixture.js';
import { openedForEachTest } from './testing/opened.js';
import {
  chatEvent,
  chunk,
  head,
  LAST_CHUNK,
  ScriptedServer,
  type ServerTls,
} from './testing/scripted-server.js';
import { TunnelProxy } from './testing/tunnel-proxy.js';

const { keep } = openedForEachTest();
const pem = (name: string): string =>
  readFileSync(new URL(`testing/tls/${name}.pem`, import.meta.url), 'utf8');
const tls: ServerTls = { key: pem('server-key'), cert: pem('server-cert') };
const OK = [head(), chunk(chatEvent('a')), chunk(chatEvent('b', 'stop')), LAST_CHUNK];

describe('a proxy', () => {
  it.each([
    ['http', undefined],
    ['https', tls],
  ])('carries %s in a tunnel, again and again, with stamps as good as without', async (_scheme, secure) => {
    const server = keep(await ScriptedServer.start(OK, secure));
    const proxy = keep(await TunnelProxy.start());
    const proxyUrl = `http://ann:s%20cret@${proxy.authority}`;
    const client = keep(clientFor(server.url, { proxyUrl, tls: { caPem: tls.cert } }));
    for (let index = 0; index < 3; index += 1) {
      const { outcome, text, chunks } = await send(client);
      expect(outcome).toMatchObject({ status: 'ok' });
      expect(text).toBe('ab');
      expect(chunks[0]?.stampSource).toBe(stampSource());
    }
    const authorization = `Basic ${Buffer.from('ann:s cret').toString('base64')}`;
    expect(proxy.asked).toEqual([{ authority: new URL(server.url).host, authorization }]);
  });

  it.each([
    ['refuses', 'HTTP/1.1 403 Forbidden\r\n\r\n', /opens no tunnel: it answered 403 Forbidden/],
    ['wants to know who asks', 'HTTP/1.1 407 Who\r\n\r\n', /wants a user and password/],
    ['is none', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', /its answer is not HTTP/],
    ['hangs up', '', /closed the connection before it answered/],
    ['says too much', 'HTTP/1.1 200 OK\r\n\r\nhello', /more than the head/],
    ['never ends its answer', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`, /has no end/],
  ])('that %s is a failure to connect, in words', async (_what, answer, words) => {
    const proxy = keep(await TunnelProxy.start(answer));
    const { outcome } = await send(
      keep(clientFor('https://127.0.0.1:1', { proxyUrl: `http://${proxy.authority}` })),
    );
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'connect' });
    expect(outcome.errorMessage).toMatch(words);
  });

  it('that does not listen is a failure to connect', async () => {
    const { outcome } = await send(keep(clientFor('http://127.0.0.1:1', { proxyUrl: 'http://127.0.0.1:2' })));
    expect(outcome).toMatchObject({ errorCode: 'connect' });
    expect(outcome.errorMessage).toMatch(/ECONNREFUSED 127\.0\.0\.1:2/);
  });
});

it('reads an address, and refuses what is none', () => {
  expect(readProxy('http://proxy')).toEqual({ host: 'proxy', port: 80, authorization: undefined });
  expect(readProxy('http://[::1]:3128/')).toMatchObject({ host: '::1', port: 3128 });
  for (const wrong of ['proxy:3128', 'https://proxy', 'socks5://proxy', 'http://proxy/path', ''])
    expect(() => readProxy(wrong)).toThrow(/Expected the proxy as http:\/\/host:port/);
});
