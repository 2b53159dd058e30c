import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerSample } from '@fluidscope/trace-schema';
import { createNodeTimers } from './node-timers.js';
import { createRunClock } from './run-clock.js';
import { createServerScrapes } from './server-scrapes.js';
import { RecordedRows } from './testing/recorded-rows.js';

class RowsOfServer extends RecordedRows {
  readonly serverSamples: ServerSample[] = [];
  override appendServerSamples(rows: readonly ServerSample[] = []): void {
    this.serverSamples.push(...rows);
  }
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
}

function tools(): {
  writer: RowsOfServer;
  clock: ReturnType<typeof createRunClock>;
  timers: ReturnType<typeof createNodeTimers>;
} {
  const clock = createRunClock();
  return { writer: new RowsOfServer(), clock, timers: createNodeTimers(clock) };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('server scrapes', () => {
  it('records what the page says, again and again, over one connection', async () => {
    let waitingCount = 0;
    let connectionsCount = 0;
    const url = await serve((_, response) => response.end(`vllm:num_requests_waiting ${waitingCount++}\n`));
    servers[0]?.on('connection', () => (connectionsCount += 1));
    const scrapes = createServerScrapes({ url, scrapesPerS: 50 });
    const recording = tools();
    await scrapes.start(recording);
    await until(() => recording.writer.serverSamples.length >= 10);
    expect(await scrapes.stop()).toEqual([]);
    const { serverSamples, events, losses } = recording.writer;
    const waiting = serverSamples.filter(({ metric }) => metric === 'requests_waiting_count');
    expect(waiting.map(({ value }) => value)).toEqual(waiting.map((_, index) => index));
    expect(waiting.every(({ timeNs }, index) => timeNs > (waiting[index - 1]?.timeNs ?? -1))).toBe(true);
    expect(
      serverSamples.filter(({ metric }) => metric === 'scrape_round_trip_ns').every(({ value }) => value > 0),
    ).toBe(true);
    expect(events).toMatchObject([
      { kind: 'server_metrics_found', detail: { engine: 'vllm', metrics: ['requests_waiting_count'] } },
    ]);
    expect(losses).toEqual([]);
    expect(connectionsCount).toBe(1);
  });

  it('records when the page was away, and goes on when it is back', async () => {
    let answersCount = 0;
    const url = await serve((_, response) => {
      answersCount += 1;
      response.statusCode = answersCount >= 3 && answersCount <= 5 ? 503 : 200;
      response.end('vllm:num_requests_waiting 0\n');
    });
    const scrapes = createServerScrapes({ url, scrapesPerS: 50 });
    const recording = tools();
    await scrapes.start(recording);
    await until(() => answersCount >= 8);
    expect(await scrapes.stop()).toMatchObject([
      { code: 'server_metrics_lost', message: expect.stringContaining('3 of') as string },
    ]);
    const [loss] = recording.writer.losses;
    expect(loss).toMatchObject({ source: url.href, count: 3, reason: 'HTTP status 503' });
    const seenNs = recording.writer.serverSamples.map(({ timeNs }) => timeNs);
    expect(seenNs).toContain(loss?.fromNs);
    expect(seenNs).toContain(loss?.toNs);
  });

  it('does not pile up on a server that hangs', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      if (asked === 1) response.end('vllm:num_requests_waiting 0\n');
    });
    const scrapes = createServerScrapes({ url, scrapesPerS: 100 });
    const recording = tools();
    await scrapes.start(recording);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked).toBeLessThanOrEqual(2);
    await scrapes.stop();
    expect(recording.writer.losses).toHaveLength(1);
  });

  it.each([
    ['a page of something else', '<html>', 200, 'a page without the name of a metric that is known'],
    ['an error', 'no', 404, 'HTTP status 404'],
    ['a body without end', 'x'.repeat(5_000_000), 200, 'a body of more than 4194304 bytes'],
  ])('refuses to start on %s', async (_, body, status, received) => {
    const url = await serve((__, response) => {
      response.statusCode = status;
      response.end(body);
    });
    const scrapes = createServerScrapes({ url, scrapesPerS: 5 });
    await expect(scrapes.start(tools())).rejects.toThrow(`at ${url.href} but received ${received}`);
    await scrapes.stop();
  });

  it('refuses to start where nothing listens', async () => {
    const scrapes = createServerScrapes({ url: new URL('http://127.0.0.1:9/metrics'), scrapesPerS: 5 });
    await expect(scrapes.start(tools())).rejects.toThrow('ECONNREFUSED');
    expect(await scrapes.stop()).toHaveLength(1);
  });
});
