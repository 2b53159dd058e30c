import { UsageError } from '@fluidscope/errors';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { LiveOptions } from './live-options.js';
import { startLive, type RunningLive } from './start-live.js';

const TOKEN = 'correct-horse-battery-staple';

let live: RunningLive | undefined;
afterEach(() => live?.close());

async function start(options: Partial<LiveOptions> = {}): Promise<RunningLive> {
  live = await startLive({
    listen: { host: '127.0.0.1', port: 0 },
    agentUrls: [],
    zeroMonoNs: process.hrtime.bigint(),
    ...options,
  });
  return live;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** By hand and not with fetch, which sets Host and Origin itself. An upgrade that is taken is status 101. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${live?.url ?? ''}${path}`, { headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
    });
    outgoing.on('error', reject).end();
  });
}

function upgrade(headers: Record<string, string> = {}, protocols = 'fluidscope.live.v1'): Promise<Reply> {
  return get('/v1/live', {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': protocols,
    ...headers,
  });
}

function tokenProtocols(token: string): string {
  return `fluidscope.live.v1, bearer.${Buffer.from(token).toString('base64url')}`;
}

describe('what it serves', () => {
  it('gives the page, which may load nothing but itself', async () => {
    await start();
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.body).toContain('<title>Fluidscope live</title>');
    expect(page.body).not.toMatch(/https?:\/\//);
    expect((await get('/page.js')).headers['content-type']).toContain('text/javascript');
    expect((await get('/page.css', {}, 'HEAD')).body).toBe('');
    expect((await upgrade()).status).toBe(101);
  });

  it('says how it does', async () => {
    await start();
    expect(JSON.parse((await get('/v1/figures')).body)).toMatchObject({ readersCount: 0, droppedCount: 0 });
  });
});

describe('what it refuses', () => {
  it('asks for the token for everything but the page itself', async () => {
    await start({ token: TOKEN });
    expect((await get('/')).status).toBe(200);
    expect((await get('/v1/figures')).status).toBe(401);
    expect((await get('/nope')).status).toBe(401);
    expect((await get('/v1/figures', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await upgrade()).status).toBe(401);
    expect((await upgrade({}, tokenProtocols('wrong'))).status).toBe(401);
    expect((await upgrade({}, tokenProtocols(TOKEN))).status).toBe(101);
    expect((await upgrade({ authorization: `Bearer ${TOKEN}` })).status).toBe(101);
  });

  it('lets in its own pages and no others, and knows only its own names', async () => {
    const { url } = await start({ allowedHosts: ['gpu7.example'] });
    const own = { origin: url };
    for (const ask of [get.bind(undefined, '/'), upgrade]) {
      expect((await ask(own)).status).toBeLessThan(300);
      expect((await ask({ origin: 'https://evil.example' })).status).toBe(403);
      expect((await ask({ origin: url.replace('http:', 'https:') })).status).toBe(403);
      expect((await ask({ host: 'evil.example' })).status).toBe(403);
      // A name that was led here is refused though its own page asks.
      expect((await ask({ host: 'evil.example', origin: 'http://evil.example' })).status).toBe(403);
      expect((await ask({ host: 'gpu7.example', origin: 'http://gpu7.example' })).status).toBeLessThan(300);
    }
  });

  it('takes its own subprotocol, its own path, GET and HEAD', async () => {
    await start();
    expect((await upgrade({}, 'other')).status).toBe(400);
    expect((await get('/v1/live')).status).toBe(426);
    expect((await get('/', {}, 'POST')).status).toBe(405);
    expect((await get('/nope')).status).toBe(404);
  });

  it('bounds the requests of one address', async () => {
    await start();
    const replies = await Promise.all(Array.from({ length: 60 }, () => get('/healthz')));
    expect(replies.some(({ status }) => status === 429)).toBe(true);
  });
});

it('wants a token and TLS for an address that others reach, or to be told', async () => {
  const open = { listen: { host: '0.0.0.0', port: 0 } };
  await expect(start(open)).rejects.toThrow(UsageError);
  await expect(start({ ...open, token: TOKEN })).rejects.toThrow(/TLS/);
  await start({ ...open, isInsecureAllowed: true });
  expect((await fetch(`${live?.url.replace('0.0.0.0', '127.0.0.1') ?? ''}/healthz`)).status).toBe(200);
});
