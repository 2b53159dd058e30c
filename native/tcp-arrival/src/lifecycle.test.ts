import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import type { ArrivalSocket } from './arrival-socket.js';
import { socketsForEachTest, toLoopback, until } from './testing/sockets-fixture.js';

const { test, keep, openSockets, listening, connected } = socketsForEachTest();
const pem = (name: string): string =>
  readFileSync(new URL(`testing/tls/${name}.pem`, import.meta.url), 'utf8');

/** The port of a server that says something over TLS and hands over each connection. */
async function listeningOverTls(onConnection: (peer: Socket) => void): Promise<number> {
  const server = createTlsServer({ key: pem('server-key'), cert: pem('server-cert') }, (peer) => {
    peer.on('error', () => undefined).resume();
    peer.write('hi', () => onConnection(peer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  keep(() => server.close());
  return (server.address() as AddressInfo).port;
}

const descriptorsCount = (): number => readdirSync('/proc/self/fd').length;

/** How a peer can leave. */
const LEAVES: Readonly<Record<string, (peer: Socket) => void>> = {
  close: (peer) => peer.destroy(),
  reset: (peer) => peer.resetAndDestroy(),
  'half-close': (peer) => peer.end(),
};

describe.each(Object.entries(LEAVES))('a peer that leaves by %s', (how, leave) => {
  test('as it accepts', async () => {
    const port = await listening(leave);
    const socket = openSockets().connect({ host: 'localhost', port, lookup: toLoopback });
    const errors: Error[] = [];
    socket.on('error', (error) => errors.push(error)).resume();
    await until(() => socket.closed);
    expect(errors).toMatchObject(how === 'reset' ? [{ code: 'ECONNRESET' }] : []);
  });

  test('during a TLS handshake', async () => {
    const sockets = openSockets();
    const carrier = await connected(sockets, await listening((peer) => peer.once('data', () => leave(peer))));
    const client = connect({ socket: carrier, rejectUnauthorized: false });
    sockets.follow(client, carrier);
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    await until(() => carrier.closed);
  });

  test('in the middle of a body, with what it said before it left', async () => {
    const port = await listening((peer) => peer.write('half a bo', () => setTimeout(() => leave(peer), 5)));
    const socket = await connected(openSockets(), port);
    let heard = '';
    const errors: Error[] = [];
    socket.on('data', (bytes: Buffer) => (heard += bytes.toString()));
    socket.on('error', (error) => errors.push(error));
    await until(() => socket.closed);
    expect(heard).toBe('half a bo');
    expect(errors).toHaveLength(how === 'reset' ? 1 : 0);
  });

  test('while the connection is idle and holds nothing', async () => {
    const peers: Socket[] = [];
    const socket = await connected(openSockets(), await listening((peer) => peers.push(peer)));
    socket.on('error', () => undefined);
    socket.unref();
    await until(() => peers.length === 1);
    for (const peer of peers) leave(peer);
    socket.resume();
    await until(() => socket.closed);
    expect(socket.figures()).toBeUndefined();
  });
});

test('speaks its last words and ends before it is connected', async () => {
  const heard: string[] = [];
  const port = await listening((peer) => {
    peer.on('data', (bytes) => heard.push(bytes.toString()));
    peer.on('end', () => peer.end('heard'));
  });
  const socket = openSockets().connect({ host: 'localhost', port, lookup: toLoopback });
  socket.end('early');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect([...heard, answer.toString()]).toEqual(['early', 'heard']);
});

test('stops reading for a reader that pauses, and goes on where it stopped', async () => {
  const block = Buffer.alloc(1 << 20, 'z');
  let sentBytes = 0;
  const port = await listening((peer) => {
    const more = (): void => {
      do sentBytes += block.length;
      while (peer.write(block) && sentBytes < 64 << 20);
    };
    peer.on('drain', () => sentBytes < 64 << 20 && more());
    more();
  });
  const socket = await connected(openSockets(), port);
  await once(socket, 'readable');
  let before = -1;
  while (sentBytes !== before) {
    before = sentBytes;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(sentBytes).toBeLessThan(64 << 20);
  expect(socket.readableLength).toBeLessThan(2 << 20);
  let readBytes = 0;
  socket.on('data', (bytes: Buffer) => (readBytes += bytes.length));
  await until(() => readBytes === 64 << 20);
});

/** Not routed anywhere (RFC 5737). */
const SILENT = '192.0.2.1';

/** What a client does with a connection, in turn. */
const ENDINGS: readonly ((socket: ArrivalSocket) => void)[] = [
  (socket) => socket.destroy(),
  (socket) => socket.once('connect', () => socket.destroy()),
  (socket) => socket.once('data', () => socket.destroy(new Error('enough'))),
  (socket) => socket.resume().end('last words'),
  (socket) => void connect({ socket, rejectUnauthorized: false }).on('error', () => socket.destroy()),
];

test('two thousand connections, ended in every way, leave nothing behind', { timeout: 60_000 }, async () => {
  const sockets = openSockets();
  sockets.startSampling({ periodMs: 5, silenceMs: 5 });
  let turn = 0;
  const leaves = [...Object.values(LEAVES), () => undefined];
  const port = await listening((peer) => {
    peer.on('end', () => peer.destroy()).resume();
    peer.write('nothing that TLS knows');
    leaves[turn++ % leaves.length]?.(peer);
  });
  // Node resets no TLS stream.
  const secureLeaves = leaves.filter((leave) => leave !== LEAVES['reset']);
  const tlsPort = await listeningOverTls((peer) => secureLeaves[turn++ % secureLeaves.length]?.(peer));
  await connected(sockets, port).then((first) => first.destroy());
  const before = descriptorsCount();
  const live = async (index: number): Promise<void> => {
    const isTimeout = index % 100 === 0;
    const [host, timeoutMs] = isTimeout ? [SILENT, 1] : ['localhost', 10_000];
    const ending = index % 50 === 1 ? endOverTls : ENDINGS[index % ENDINGS.length];
    const to = ending === endOverTls ? tlsPort : port;
    const socket = sockets.connect({ host, port: to, lookup: toLoopback, timeoutMs });
    socket.on('error', () => undefined);
    if (!isTimeout) ending?.(socket);
    await until(() => socket.closed);
  };
  for (let index = 0; index < 2_000; index += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, way) => live(index + way)));
    sockets.takeSamples();
  }
  // The peers that did nothing notice a turn later; what was closed last is forgotten by the second look at its samples.
  await until(() => descriptorsCount() <= before + 1);
  await until(() => (sockets.takeSamples(), Object.values(sockets.held()).every((count) => count === 0)));
});

/** Reads what comes first over TLS and leaves. */
function endOverTls(socket: ArrivalSocket): void {
  const client = connect({ socket, rejectUnauthorized: false });
  client.on('error', () => socket.destroy());
  client.on('close', () => socket.destroy());
  client.once('data', () => client.destroy());
}

test('what is sampled of a connection names its peer and its request, through TLS too', async () => {
  const port = await listeningOverTls(() => undefined);
  const sockets = openSockets();
  sockets.startSampling({ periodMs: 20 });
  const carrier = await connected(sockets, port);
  const client = connect({ socket: carrier, rejectUnauthorized: false });
  sockets.follow(client, carrier);
  keep(() => client.destroy());
  await once(client, 'data');
  sockets.carry(client, 'r000001');
  sockets.takeSamples();
  let samples = sockets.takeSamples();
  await until(() => (samples = sockets.takeSamples()).length > 0);
  expect(samples.connection(0)).toEqual({ peer: `127.0.0.1:${port}`, requestId: 'r000001' });
  expect(samples.cause(0)).toBe('interval');
  expect(samples.value(0, 'rttUs')).toBeGreaterThan(0);
  expect(samples.value(0, 'receivedBytes')).toBeGreaterThan(2);
  client.destroy();
  await until(
    () => (samples = sockets.takeSamples()).length > 0 && samples.cause(samples.length - 1) === 'close',
  );
  expect(samples.connection(samples.length - 1)).toMatchObject({ requestId: 'r000001' });
});

const child = fileURLToPath(new URL('testing/socket-child.mjs', import.meta.url));

test.each([
  // Nothing but an idle connection is left.
  ['idle', { status: 0, signal: null }],
  ['idle-worker', { status: 0, signal: null }],
  ['exit', { status: 7, signal: null }],
  ['sigterm', { status: null, signal: 'SIGTERM' }],
  ['uncaught', { status: 1, signal: null }],
  ['terminate', { status: 0, signal: null }],
])('a process with open sockets ends by %s', (ending, expected) => {
  const result = spawnSync(process.execPath, [child, ending], { encoding: 'utf8', timeout: 20_000 });
  expect(result).toMatchObject(expected);
  if (ending !== 'uncaught') expect(result.stderr).toBe('');
});
