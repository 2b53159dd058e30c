import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { socketsForEachTest, toLoopback, until } from './testing/sockets-fixture.js';

const { test, keep, openSockets, listening, connected } = socketsForEachTest();
const pem = (name: string): string =>
  readFileSync(new URL(`testing/tls/${name}.pem`, import.meta.url), 'utf8');
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

test('two thousand connections, ended in every way, leave no descriptor', { timeout: 60_000 }, async () => {
  const sockets = openSockets();
  let turn = 0;
  const leaves = [...Object.values(LEAVES), () => undefined];
  const port = await listening((peer) => {
    peer.on('end', () => peer.destroy()).resume();
    peer.write('hi');
    leaves[turn++ % leaves.length]?.(peer);
  });
  await connected(sockets, port).then((first) => first.destroy());
  const before = descriptorsCount();
  for (let index = 0; index < 2_000; index += 1) {
    const socket = sockets.connect({ host: 'localhost', port, lookup: toLoopback });
    socket.on('error', () => undefined);
    if (index % 5 !== 0) await once(socket, 'connect').catch(() => undefined);
    if (index % 3 === 0) socket.read();
    socket.destroy();
    await until(() => socket.closed);
  }
  // The peers that did nothing notice a turn later.
  await until(() => descriptorsCount() <= before + 1);
});

test('what is sampled of a connection names its peer and its request, through TLS too', async () => {
  const server = createTlsServer({ key: pem('server-key'), cert: pem('server-cert') }, (peer) => {
    peer.on('error', () => undefined);
    peer.write('hi');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  keep(() => server.close());
  const { port } = server.address() as AddressInfo;
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
