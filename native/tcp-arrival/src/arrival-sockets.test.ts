import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { ArrivalSockets, type LookupAll } from './arrival-sockets.js';
import { socketsForEachTest, toLoopback, until } from './testing/sockets-fixture.js';

const { test, nowNs, openSockets, listening, connected } = socketsForEachTest();

test('echoes 8 MB through slow readers on both sides, whole and in order', async () => {
  const sockets = openSockets();
  const socket = await connected(sockets, await listening((peer) => peer.pipe(peer)));
  const body = Buffer.from(Uint8Array.from({ length: 8 << 20 }, (_, index) => (index * 31) >> 7));
  socket.end(body);
  const heard: Buffer[] = [];
  for await (const part of socket) heard.push(part as Buffer);
  expect(Buffer.concat(heard).equals(body)).toBe(true);
});

test('keeps the stamp of each piece while the event loop stands still', async () => {
  const sockets = openSockets();
  const peers: Socket[] = [];
  const port = await listening((peer) => peers.push(peer));
  const socket = await connected(sockets, port);
  while (peers.length === 0) await new Promise(setImmediate);
  peers[0]?.write('one');
  const sentNs = nowNs();
  while (nowNs() < sentNs + 100e6);
  await once(socket, 'readable');
  const bytes = socket.read() as Buffer;
  expect(bytes.toString()).toBe('one');
  const stamp = socket.readStamp;
  expect(stamp?.source).toBe('kernel');
  expect((stamp?.arrivalNs ?? 0) - (stamp?.errorNs ?? 0)).toBeLessThanOrEqual(sentNs);
  expect(stamp?.arrivalNs).toBeLessThan(sentNs + 50e6);
});

test('finds the stamp by the place of the bytes, not by what arrived last', async () => {
  const sockets = openSockets();
  const peers: Socket[] = [];
  const socket = await connected(sockets, await listening((peer) => peers.push(peer)));
  while (peers.length === 0) await new Promise(setImmediate);
  for (const piece of ['aa', 'bbb', 'c']) {
    peers[0]?.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(() => socket.readableLength === 6);
  const read = Array.from({ length: 4 }, () => ({
    text: (socket.read() as Buffer | null)?.toString(),
    arrivalNs: socket.readStamp?.arrivalNs ?? 0,
  }));
  expect(read.map(({ text }) => text)).toEqual(['aa', 'bbb', 'c', undefined]);
  expect((read[1]?.arrivalNs ?? 0) - (read[0]?.arrivalNs ?? 0)).toBeGreaterThan(2e6);
  expect((read[2]?.arrivalNs ?? 0) - (read[1]?.arrivalNs ?? 0)).toBeGreaterThan(2e6);
});

test('tries the next address where one refuses, and names all when none accepts', async () => {
  const sockets = openSockets();
  const port = await listening((peer) => peer.end('here'));
  const lookup: LookupAll = (_host, _options, callback) =>
    callback(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const socket = sockets.connect({ host: 'both.test', port, lookup });
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toBe('here');
  const nobody = sockets.connect({ host: 'both.test', port: 1, lookup });
  const [error] = (await once(nobody, 'error')) as [AggregateError];
  expect(error).toMatchObject({ code: expect.stringMatching(/^E/) as unknown });
  expect(error.errors).toHaveLength(2);
});

test('speaks IPv6', async () => {
  const sockets = openSockets();
  const port = await listening((peer) => peer.end('six'), '::1');
  const socket = sockets.connect({ host: '::1', port, lookup: toLoopback });
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toBe('six');
});

test('says that a connection was reset', async () => {
  const sockets = openSockets();
  const port = await listening((peer) => peer.on('data', () => peer.resetAndDestroy()));
  const socket = await connected(sockets, port);
  socket.write('go');
  socket.resume();
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error).toMatchObject({ code: 'ECONNRESET' });
});

test('gives up a connection at any stage, and tells the kernel figures of one that stands', async () => {
  const sockets = openSockets();
  const port = await listening((peer) => peer.write('hi'));
  sockets.connect({ host: 'localhost', port, lookup: toLoopback }).destroy();
  const socket = await connected(sockets, port);
  await once(socket, 'readable');
  expect(socket.figures()).toMatchObject({ receivedBytes: 2, retransmitsCount: 0, receiveQueueBytes: 0 });
  socket.destroy();
  expect(socket.figures()).toBeUndefined();
});

it('says why there are none', () => {
  const answer = ArrivalSockets.open(0n, { isAvailable: false, reason: 'not built', hint: 'build it' });
  expect(answer).toMatchObject({ reason: 'not built', hint: 'build it' });
});
