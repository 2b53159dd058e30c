import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { encodeFrame } from '../frame/encode-frame.js';
import { recordLink, until } from '../testing/recorded-link.js';
import { columnsOfRows, sampleRow } from '../testing/sample-rows.js';
import { DESCRIPTION } from '../testing/scripted-source.js';

const HELLO = JSON.stringify({
  type: 'hello',
  link_version: 1,
  stream_id: 's',
  origin_mono_ns: '1000',
  description: DESCRIPTION,
});
const SUBSCRIBED = JSON.stringify({ type: 'subscribed', resumed: false, next_seq: 0 });
const FRAME = encodeFrame({ seq: 0, coversFrom: 0, columns: columnsOfRows([sampleRow()]) }, 1000n);

/** An agent that says to each connection what a test tells it to. */
async function startOddAgent(speak: (socket: WebSocket, connection: number) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  let connections = 0;
  server.on('connection', (socket, request) => {
    socket.on('error', () => {});
    if (request.url?.endsWith('/v1/stream') === true) speak(socket, connections++);
    else socket.terminate();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('breaks off at a damaged frame, and loses nothing where the next connection has it whole', async () => {
  const url = await startOddAgent((socket, connection) => {
    const damaged = Buffer.from(FRAME);
    damaged[20] = 0xff;
    for (const message of [HELLO, SUBSCRIBED, connection === 0 ? damaged : FRAME]) socket.send(message);
  });
  const { rows, losses, states } = recordLink(url);
  await until(() => rows.length === 1);
  expect(losses).toEqual([]);
  expect(states[1]).toEqual({ kind: 'disconnected', reason: expect.stringContaining('checksum') });
});

it('tells of numbers that are missing, and leaves out what comes twice', async () => {
  const frameOf = (seq: number) =>
    encodeFrame({ seq, coversFrom: seq, columns: columnsOfRows([sampleRow({ value: seq })]) }, 1000n);
  const url = await startOddAgent((socket) => {
    for (const message of [HELLO, SUBSCRIBED, frameOf(0), frameOf(0), frameOf(5)]) socket.send(message);
  });
  const { rows, losses } = recordLink(url);
  await until(() => rows.length === 2);
  expect(rows.map(({ value }) => value)).toEqual([0, 5]);
  expect(losses).toMatchObject([{ reason: 'sequence_gap', count: undefined }]);
});

it.each([
  ['speaks another version', HELLO.replace('"link_version":1', '"link_version":2')],
  ['sends samples before its hello', FRAME],
  ['sends no JSON', 'hello'],
])('gives up an agent that %s', async (_name, message) => {
  const url = await startOddAgent((socket) => socket.send(message));
  await expect(recordLink(url).link.ready).rejects.toMatchObject({ code: /^link\.bad-/ });
});

it('survives whatever an agent sends', async () => {
  const mutated = (bytes: Buffer) =>
    fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 3 }).map((changes) => {
      const changed = Buffer.from(bytes);
      for (const [at, byte] of changed.length > 0 ? changes : []) changed[at] = byte;
      return changed;
    });
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    mutated(Buffer.from(HELLO)).map(String),
    fc.constant(SUBSCRIBED),
    fc.constant(
      `{"type":"event","seq":1,"covers_from":0,"kind":"k","mono_ns":"1","source":"s","detail":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ),
    fc.constant(
      '{"type":"dropped","reason":"slow_reader","from_seq":9,"to_seq":0,"records_count":null,"from_mono_ns":null,"to_mono_ns":"9223372036854775807"}',
    ),
  );
  const message = fc.oneof(
    text,
    mutated(FRAME),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(message, { maxLength: 6 }), async (greets, messages) => {
      const url = await startOddAgent((socket) => {
        if (greets) for (const each of [HELLO, SUBSCRIBED]) socket.send(each);
        for (const each of messages) socket.send(each);
        socket.close();
      });
      const { link, states } = recordLink(url);
      await until(() => states.length > 0);
      await link.close();
      expect(states.at(-1)?.kind).toBe('ended');
    }),
    { numRuns: 80 },
  );
});
