import * as zlib from 'node:zlib';
import type { Transform } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { beBusy, clientFor, clock, connectorWithReadHook, send, until } from './testing/client-fixture.js';
import { openedForEachTest } from './testing/opened.js';
import {
  chatEvent,
  chunk,
  CLOSE,
  DONE,
  fullResponse,
  HANG,
  head,
  LAST_CHUNK,
  ScriptedServer,
  type Step,
} from './testing/scripted-server.js';

const { serve, keep } = openedForEachTest();

const COMPRESSORS: Readonly<Record<string, () => Transform & zlib.Zlib>> = {
  gzip: () => zlib.createGzip(),
  'x-gzip': () => zlib.createGzip(),
  deflate: () => zlib.createDeflate(),
  'deflate (raw)': () => zlib.createDeflateRaw(),
  br: () => zlib.createBrotliCompress(),
};

/** Each text compressed and flushed apart, so that its bytes release it. */
async function compressedApart(name: string, texts: readonly string[]): Promise<Buffer[]> {
  const compressor = COMPRESSORS[name]?.();
  if (compressor === undefined) throw new Error(`no compressor ${name}`);
  const parts: Buffer[] = [];
  let part: Buffer[] = [];
  compressor.on('data', (bytes: Buffer) => part.push(bytes));
  for (const text of texts) {
    await new Promise<void>((resolve) =>
      compressor.write(text, () => {
        resolve();
      }),
    );
    await new Promise<void>((resolve) => {
      compressor.flush(resolve);
    });
    parts.push(Buffer.concat(part));
    part = [];
  }
  await new Promise<void>((resolve) =>
    compressor.end(() => {
      resolve();
    }),
  );
  parts.push(Buffer.concat(part));
  return parts.filter((bytes) => bytes.length > 0);
}

const TEXTS = [chatEvent('Hel'), chatEvent('lo'), chatEvent(' 🙂', 'stop'), DONE];
/** Texts with content; the end mark is no chunk. */
const CHUNKS_COUNT = 3;
const encodingOf = (name: string): string => name.replace(' (raw)', '');

describe.each(Object.keys(COMPRESSORS))('a body in %s', (name) => {
  it('is read as it streams, each chunk stamped when its own compressed bytes arrived', async () => {
    const parts = await compressedApart(name, TEXTS);
    const writtenNs: number[] = [];
    const takenNs: number[] = [];
    const steps: Step[] = [head('200 OK', { 'content-encoding': encodingOf(name) })];
    for (const [index, part] of parts.entries()) {
      // Each part waits until the one before it was read: it shows that none is kept back, and sets the stamps' order
      // whatever the speed of this process.
      const readBefore = Math.min(index, CHUNKS_COUNT);
      steps.push({ waitFor: () => until(() => takenNs.length === readBefore) });
      steps.push({ waitFor: async () => writtenNs.push(clock.nowNs()) }, chunk(part));
    }
    const { client } = await serve([...steps, LAST_CHUNK]);
    const { outcome, text, chunks } = await send(client, { onChunk: () => takenNs.push(clock.nowNs()) });
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'stop' });
    expect(text).toBe('Hello 🙂');
    expect(chunks).toHaveLength(CHUNKS_COUNT);
    for (const [index, { arrivalNs, errorNs }] of chunks.entries()) {
      expect(arrivalNs).toBeGreaterThanOrEqual(writtenNs[index] ?? NaN);
      expect(arrivalNs - errorNs).toBeLessThanOrEqual(takenNs[index] ?? NaN);
      expect(errorNs).toBeGreaterThan(0);
    }
  });

  it('is read byte by byte', async () => {
    const whole = Buffer.concat(await compressedApart(name, TEXTS));
    const steps = Array.from(whole, (byte) => chunk(Buffer.from([byte])));
    const { client } = await serve([
      head('200 OK', { 'content-encoding': encodingOf(name) }),
      ...steps,
      LAST_CHUNK,
    ]);
    expect((await send(client)).text).toBe('Hello 🙂');
  });

  it('that is cut off keeps what came', async () => {
    const [first = Buffer.alloc(0)] = await compressedApart(name, TEXTS);
    const { client } = await serve([
      head('200 OK', { 'content-encoding': encodingOf(name) }),
      chunk(first),
      CLOSE,
    ]);
    const { outcome, text } = await send(client);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'reset' });
    expect(text).toBe('Hel');
  });
});

it('does not stamp plain bytes when they come back from decompression', async () => {
  const [first = Buffer.alloc(0), ...rest] = await compressedApart('gzip', TEXTS);
  const response = [
    head('200 OK', { 'content-encoding': 'gzip' }),
    chunk(first),
    { pauseMs: 1 },
    chunk(Buffer.concat(rest)),
    LAST_CHUNK,
  ];
  const server = keep(await ScriptedServer.start(response));
  let readNs = 0;
  const connector = connectorWithReadHook(server.port, () => {
    if (readNs !== 0 || server.requests.length === 0) return;
    readNs = clock.nowNs();
    beBusy(40);
  });
  const { chunks, text } = await send(keep(clientFor(server.url, { connector })));
  expect(text).toBe('Hello 🙂');
  // The first bytes were stamped before their read was over, however late their plain text came back.
  expect(chunks[0]?.arrivalNs).toBeLessThan(readNs + 40e6);
});

it('reads a compressed error', async () => {
  const body = zlib.gzipSync('{"error":{"message":"too long"}}');
  const { client } = await serve([
    head('400 Bad Request', { 'content-encoding': 'gzip' }),
    chunk(body),
    LAST_CHUNK,
  ]);
  expect((await send(client)).outcome).toMatchObject({
    errorCode: 'http',
    httpStatus: 400,
    errorMessage: 'too long',
  });
});

const zstd: unknown = Reflect.get(zlib, 'zstdCompressSync');
const zstdCompress = typeof zstd === 'function' ? (zstd as (text: string) => Buffer) : undefined;
if (zstdCompress === undefined) console.log('zstd is not tried: this Node has none');
it.skipIf(zstdCompress === undefined)('reads zstd where Node can', async () => {
  const body = zstdCompress?.(TEXTS.join('')) ?? Buffer.alloc(0);
  const { client } = await serve([head('200 OK', { 'content-encoding': 'zstd' }), chunk(body), LAST_CHUNK]);
  expect((await send(client)).text).toBe('Hello 🙂');
});

it.each(['compress', 'gzip, br', 'aws-chunked'])(
  'refuses an encoding that it cannot read: %s',
  async (encoding) => {
    const { server, client } = await serve([
      head('200 OK', { 'content-encoding': encoding }),
      chunk('xyz'),
      HANG,
    ]);
    const { outcome } = await send(client);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'protocol' });
    expect(outcome.errorMessage).toContain(`content-encoding "${encoding}"`);
    await until(() => server.openCount === 0);
  },
);

it('refuses bytes that are not what their encoding says', async () => {
  const { client } = await serve([
    head('200 OK', { 'content-encoding': 'gzip' }),
    chunk('not gzip at all'),
    HANG,
  ]);
  const { outcome } = await send(client);
  expect(outcome).toMatchObject({ status: 'error', errorCode: 'protocol' });
  expect(outcome.errorMessage).toMatch(/Expected a body in gzip/);
});

it('takes identity for what it is', async () => {
  const { client } = await serve([
    fullResponse('200 OK', TEXTS.join(''), { 'content-encoding': 'identity' }),
  ]);
  expect((await send(client)).text).toBe('Hello 🙂');
});
