import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { STAMP_SOURCES, type StampSource } from '@fluidscope/trace-schema';
import { approximateTokenCounter, createLoadPlan } from '@fluidscope/workload';
import { createRunClock } from '../run-clock.js';
import { clientSettings, hasKernelStamps } from '../testing/real-client.js';
import { RecordedRows } from '../testing/recorded-rows.js';
import { SETTINGS } from '../testing/virtual-run.js';
import { startNodeThread, type StartLoadThread } from './load-thread.js';
import type { LoadOrder } from './load-order.js';
import { runLoadInWorkers } from './run-load-in-workers.js';

const isBuilt = existsSync(new URL('../../dist/workers/load-worker.js', import.meta.url));
if (!isBuilt)
  console.log('Skipped what needs real worker threads: they run the built package, and it is not built.');

const WORKLOAD: LoadOrder['workload'] = {
  seed: 3,
  arrivals: { kind: 'constant', ratePerS: 200 },
  requestCount: 40,
  warmupRequestCount: 0,
  promptLengths: { kind: 'fixed', lengthTokens: 5 },
  outputLengths: { kind: 'fixed', lengthTokens: 5 },
};

it.skipIf(!isBuilt)(
  'a thread that dies in mid-run costs its own requests and fails the run, in a whole trace',
  async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: {"choices":[{"index":0,"delta":{"content":"only"}}]}\n\n');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const clock = createRunClock();
    const writer = new RecordedRows();
    const order = orderOf(server, 'user');
    const result = await runLoadInWorkers({
      order,
      plan: createLoadPlan(WORKLOAD, { tokenCounter: approximateTokenCounter() }),
      workersCount: 2,
      clock,
      writer,
      startThread: dyingOnceItsRequestsAreKnown(1),
    });
    server.closeAllConnections();
    server.close();

    expect(result.stopReason).toBe('failed');
    expect(result.warnings.map(({ code }) => code)).toContain('worker_crashed');
    expect(result.failure?.message).toBe('Worker 1 of 2 crashed: its thread ended without a word');
    expect(writer.end?.stopReason).toBe('failed');
    expect(writer.losses).toMatchObject([{ source: 'client/1' }]);
    const endedIndices = writer.ends.map(({ requestIndex }) => requestIndex).sort((a, b) => a - b);
    expect(endedIndices).toEqual(writer.starts.map(({ requestIndex }) => requestIndex).sort((a, b) => a - b));
    for (const { requestIndex, status } of writer.ends) {
      expect(status).toBe(requestIndex % 2 === 1 ? 'error' : 'cancelled');
    }
    expect(result.counts.failedCount).toBeGreaterThan(0);
    expect(result.counts.failedCountByCode).toEqual({ reset: result.counts.failedCount });
  },
);

const sources = STAMP_SOURCES.filter((source) => source === 'user' || hasKernelStamps());

it.skipIf(!isBuilt).each(sources)(
  'two threads record tokens with stamps of source %s, each over sockets of its own',
  async (stampSource) => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: {"choices":[{"index":0,"delta":{"content":"one "}}]}\n\n');
        response.end('data: {"choices":[{"index":0,"delta":{"content":"two"},"finish_reason":"stop"}]}\n\n');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const writer = new RecordedRows();
    const result = await runLoadInWorkers({
      order: orderOf(server, stampSource),
      plan: createLoadPlan(WORKLOAD, { tokenCounter: approximateTokenCounter() }),
      workersCount: 2,
      clock: createRunClock(),
      writer,
    });
    // Keep-alive connections of the load would hold the server open.
    await new Promise((resolve) => server.close(resolve));
    expect(result).toMatchObject({ stopReason: 'finished', failure: undefined, counts: { okCount: 40 } });
    expect(new Set(writer.starts.map(({ workerIndex }) => workerIndex))).toEqual(new Set([0, 1]));
    expect(writer.chunks.length).toBeGreaterThanOrEqual(80);
    expect(new Set(writer.chunks.map((chunk) => chunk.stampSource))).toEqual(new Set([stampSource]));
    const sentNs = new Map(writer.starts.map((start) => [start.requestIndex, start.sentNs ?? NaN]));
    for (const { requestIndex, arrivalNs } of writer.chunks) {
      expect(arrivalNs).toBeGreaterThan(sentNs.get(requestIndex) ?? NaN);
    }
  },
);

function orderOf(server: Server, stampSource: StampSource): LoadOrder {
  return {
    workload: WORKLOAD,
    dataset: undefined,
    tokenizerPath: undefined,
    settings: SETTINGS,
    stampSource,
    client: clientSettings(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  };
}

function dyingOnceItsRequestsAreKnown(dyingIndex: number): StartLoadThread {
  return (assignment) => {
    const thread = startNodeThread(assignment);
    if (assignment.workerIndex !== dyingIndex) return thread;
    return {
      ...thread,
      onMessage: (listener) =>
        thread.onMessage((message) => {
          listener(message);
          if (message.kind === 'records' && message.batch.table === 'request_starts') thread.terminate();
        }),
    };
  };
}
