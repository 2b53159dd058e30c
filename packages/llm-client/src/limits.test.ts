import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { DurationNs } from '@fluidscope/units';
import type { Connector } from './connector.js';
import type { Timeouts } from './llm-client.js';
import { beBusy, clientFor, ms, NO_TIMEOUTS, send, until } from './testing/client-fixture.js';
import { openedForEachTest } from './testing/opened.js';
import { chatEvent, chunk, DONE, HANG, head, LAST_CHUNK } from './testing/scripted-server.js';

const { serve, keep } = openedForEachTest();

function only(timeouts: Partial<Timeouts>): { timeouts: Timeouts } {
  return { timeouts: { ...NO_TIMEOUTS, ...timeouts } };
}

/** A connector that never connects, like a host that drops packets. */
const neverConnects: Connector = () => undefined;

function waitedMs(outcome: { endedNs: number }, startedNs: number): number {
  return (outcome.endedNs - startedNs) / 1e6;
}

describe('the connect limit', () => {
  it('ends a request whose connection does not come about', async () => {
    const client = keep(
      clientFor('http://127.0.0.1:9', { connector: neverConnects, ...only({ connectTimeoutNs: ms(30) }) }),
    );
    const { outcome, sentNs } = await send(client);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'timeout_connect', httpStatus: undefined });
    expect(outcome.errorMessage).toBe('No connection within the connect limit of 30.0 ms');
    expect(sentNs).toBeUndefined();
  });

  it('ends a TLS handshake that is not answered, and its socket', async () => {
    let open = 0;
    const silent = createServer((socket) => {
      open += 1;
      socket
        .on('close', () => (open -= 1))
        .on('error', () => undefined)
        .resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = keep(clientFor(`https://127.0.0.1:${port}`, only({ connectTimeoutNs: ms(50) })));
    expect((await send(client)).outcome.errorCode).toBe('timeout_connect');
    await until(() => open === 0);
    silent.close();
  });

  it('does not count while a request waits for a connection of few', async () => {
    const slow = [head(), chunk(chatEvent('a', 'stop')), { pauseMs: 80 }, chunk(DONE), LAST_CHUNK];
    const { client } = await serve(slow, { connectionsCount: 1, ...only({ connectTimeoutNs: ms(40) }) });
    const [first, second] = await Promise.all([send(client), send(client)]);
    expect([first.outcome.status, second.outcome.status]).toEqual(['ok', 'ok']);
  });
});

describe('the first-byte limit', () => {
  it('ends a request that gets no response, and its socket', async () => {
    const { server, client } = await serve([HANG], only({ firstByteTimeoutNs: ms(30) }));
    const { outcome, sentNs = 0 } = await send(client);
    expect(outcome).toMatchObject({ errorCode: 'timeout_first_byte', httpStatus: undefined });
    expect(waitedMs(outcome, sentNs)).toBeGreaterThanOrEqual(30);
    await until(() => server.openCount === 0);
  });

  it('ends with the head of the response', async () => {
    const { client } = await serve(
      [head(), { pauseMs: 60 }, chunk(chatEvent('a', 'stop')), LAST_CHUNK],
      only({ firstByteTimeoutNs: ms(40) }),
    );
    expect((await send(client)).outcome.status).toBe('ok');
  });
});

describe('the idle limit', () => {
  it('ends a stream that stalls, and keeps its chunks', async () => {
    const { server, client } = await serve(
      [head(), chunk(chatEvent('a')), HANG],
      only({ idleTimeoutNs: ms(30) }),
    );
    const { outcome, text, chunks } = await send(client);
    expect(outcome).toMatchObject({ status: 'error', errorCode: 'timeout_idle', httpStatus: 200 });
    expect(text).toBe('a');
    expect(waitedMs(outcome, chunks[0]?.arrivalNs ?? Infinity)).toBeGreaterThanOrEqual(30);
    await until(() => server.openCount === 0);
  });

  it('counts from the head when no body follows', async () => {
    const { client } = await serve([head(), HANG], only({ idleTimeoutNs: ms(30) }));
    expect((await send(client)).outcome.errorCode).toBe('timeout_idle');
  });

  it('starts anew with every read, comments included', async () => {
    const steps = Array.from({ length: 6 }, () => [{ pauseMs: 25 }, chunk(': keep-alive\n\n')]).flat();
    const { client } = await serve(
      [head(), ...steps, chunk(chatEvent('a', 'stop')), LAST_CHUNK],
      only({ idleTimeoutNs: ms(120) }),
    );
    expect((await send(client)).outcome.status).toBe('ok');
  });

  it('does not strike when this process was busy while the bytes came in time', async () => {
    const { server, client } = await serve(
      [head(), chunk(chatEvent('a')), { pauseMs: 1 }, chunk(chatEvent('b', 'stop')), LAST_CHUNK],
      only({ idleTimeoutNs: ms(40) }),
    );
    let blocked = false;
    const { outcome, text } = await send(client, {
      onChunk: () => {
        // The server lives on this loop too: its second write is made right after, so before the limit is judged.
        if (!blocked) beBusy(100);
        blocked = true;
      },
    });
    expect(server.requests).toHaveLength(1);
    expect({ status: outcome.status, text }).toEqual({ status: 'ok', text: 'ab' });
  });
});

describe('the total limit', () => {
  it.each([
    ['while connecting', 0],
    ['while it waits for a response', 1],
    ['in mid-stream', 2],
  ])('ends a request %s', async (_when, progress) => {
    const script = progress === 2 ? [head(), chunk(chatEvent('a')), HANG] : [HANG];
    const { client } = await serve(script, {
      ...only({ totalTimeoutNs: ms(40) }),
      ...(progress === 0 ? { connector: neverConnects } : {}),
    });
    expect((await send(client)).outcome.errorCode).toBe('timeout_total');
  });

  it('ends a request that waits for a connection', async () => {
    const { client } = await serve([HANG], {
      connectionsCount: 1,
      ...only({ totalTimeoutNs: ms(40) }),
    });
    const [first, second] = await Promise.all([send(client), send(client)]);
    expect(first.outcome.errorCode).toBe('timeout_total');
    expect(second.outcome.errorCode).toBe('timeout_total');
  });

  it('does not strike a request whose answer had arrived whole and was not parsed yet', async () => {
    const events = Array.from({ length: 40 }, () => chunk(chatEvent('a')));
    const whole = Buffer.concat([Buffer.from(head()), ...events, chunk(DONE), Buffer.from(LAST_CHUNK)]);
    const { client } = await serve([whole], only({ totalTimeoutNs: ms(150) }));
    const { outcome, chunks } = await send(client, {
      onChunk: () => {
        beBusy(10);
      },
    });
    expect(outcome.status).toBe('ok');
    expect(chunks).toHaveLength(40);
  });

  it('strikes although the stream goes on', async () => {
    const steps = Array.from({ length: 200 }, () => [chunk(chatEvent('a')), { pauseMs: 5 }]).flat();
    const { client } = await serve(
      [head(), ...steps],
      only({ totalTimeoutNs: ms(60), idleTimeoutNs: ms(5_000) }),
    );
    expect((await send(client)).outcome.errorCode).toBe('timeout_total');
  });
});

it('lets the earliest limit speak', async () => {
  const all = (value: number): DurationNs => ms(value);
  const { client } = await serve([HANG], {
    timeouts: {
      connectTimeoutNs: all(9_000),
      firstByteTimeoutNs: all(30),
      idleTimeoutNs: all(10),
      totalTimeoutNs: all(9_000),
    },
  });
  expect((await send(client)).outcome.errorCode).toBe('timeout_first_byte');
});
