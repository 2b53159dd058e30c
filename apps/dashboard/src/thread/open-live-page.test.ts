import type { TraceWriter } from '@fluidscope/trace-schema';
import { durationNs, runNs } from '@fluidscope/units';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { RUN } from '../testing/fed-run.js';
import { tapWriter } from './live-tap.js';
import { openLivePage } from './open-live-page.js';
import type { LiveBatch } from './thread-messages.js';

const isBuilt = existsSync(new URL('../../dist/thread/live-thread.js', import.meta.url));
if (!isBuilt)
  console.log('Skipped what needs the page’s real thread: it runs the built package, and it is not built.');

/** A writer that notes which of its methods were called. */
function notingWriter(): { readonly writer: TraceWriter; readonly calls: string[] } {
  const calls: string[] = [];
  const writer = new Proxy({} as TraceWriter, {
    get: (_, name: string) =>
      name === 'failed' ? new Promise<never>(() => {}) : () => (calls.push(name), Promise.resolve()),
  });
  return { writer, calls };
}

const COLUMNS = {
  length: 2,
  requestIndex: Uint32Array.of(7, 8, 99),
  seq: Uint32Array.of(0, 1, 99),
  arrivalNs: Float64Array.of(10, 20, 99),
  tokenCount: Uint32Array.of(1, 2, 99),
  stampSource: Uint8Array.of(1, 1, 99),
  errorNs: Float64Array.of(5, NaN, 99),
};

const START = {
  requestIndex: 7,
  phase: 'measured' as const,
  intendedNs: runNs(5),
  sentNs: runNs(6),
  promptTokens: 100,
  promptTokensSource: undefined,
  maxOutputTokens: undefined,
  workerIndex: 0,
};

it('records all that the run records, and hands copies of what is shown on', () => {
  const { writer, calls } = notingWriter();
  const batches: LiveBatch[] = [];
  const ended = vi.fn();
  const tapped = tapWriter(writer, {
    give: (batch) => batches.push(batch),
    onEnded: ended,
    ttftDeadlineNsOf: ({ promptTokens }) => promptTokens,
  });
  tapped.appendRequestStarts([START, { ...START, requestIndex: 9, sentNs: undefined }]);
  tapped.appendChunks(COLUMNS);
  COLUMNS.arrivalNs.fill(-1);
  for (const [name, value] of Object.entries(tapped)) {
    if (typeof value !== 'function' || name === 'appendRequestStarts' || name === 'appendChunks') continue;
    if (name !== 'close') (value as (rows: unknown) => void)([]);
  }
  void tapped.close({ endedNs: runNs(9), stopReason: 'duration' });
  // Every method of the port has gone through.
  expect(new Set(calls).size).toBe(16);
  expect(batches[0]).toEqual({
    kind: 'starts',
    rows: [{ requestIndex: 7, isWarmup: false, intendedNs: 5, ttftDeadlineNs: 100 }],
  });
  expect(batches[1]).toEqual({
    kind: 'chunks',
    columns: {
      length: 2,
      requestIndex: Uint32Array.of(7, 8),
      arrivalNs: Float64Array.of(10, 20),
      tokenCount: Uint32Array.of(1, 2),
    },
  });
  expect(ended).toHaveBeenCalledExactlyOnceWith('duration');
});

it.skipIf(!isBuilt)(
  'serves the page of a run from a thread, and goes with the run',
  { timeout: 60_000 },
  async () => {
    const zeroMonoNs = process.hrtime.bigint();
    const page = await openLivePage({
      listen: { host: '127.0.0.1', port: 0 },
      agentUrls: [],
      run: RUN,
      zeroMonoNs,
    });
    const tapped = page.tap(notingWriter().writer);
    tapped.appendRequestStarts([START]);
    const figures = async (): Promise<{ readonly madeCount: number }> =>
      (await (await fetch(`${page.url}/v1/figures`)).json()) as { readonly madeCount: number };
    await vi.waitFor(async () => expect((await figures()).madeCount).toBeGreaterThan(5), { timeout: 20_000 });
    await page.close();
    await expect(fetch(page.url)).rejects.toThrow();
  },
);

it.skipIf(!isBuilt)('says why the address cannot be had', { timeout: 60_000 }, async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const listen = { host: '127.0.0.1', port };
  await expect(openLivePage({ listen, agentUrls: [], run: RUN, zeroMonoNs: 0n })).rejects.toMatchObject({
    code: 'live.listen',
  });
  await new Promise((resolve) => taken.close(resolve));
  const open = { host: '0.0.0.0', port: 0 };
  await expect(openLivePage({ listen: open, agentUrls: [], run: RUN, zeroMonoNs: 0n })).rejects.toThrow(
    /token and TLS/,
  );
});

it.skipIf(!isBuilt)(
  'leaves out and counts what the thread cannot take, and the run does not grow',
  { timeout: 60_000 },
  async () => {
    const page = await openLivePage({
      listen: { host: '127.0.0.1', port: 0 },
      agentUrls: [],
      run: { ...RUN, ttft_deadline_ns: durationNs(1_000_000_000) },
      zeroMonoNs: process.hrtime.bigint(),
    });
    const tapped = page.tap(notingWriter().writer);
    const rows = 8_192;
    const columns = {
      length: rows,
      requestIndex: new Uint32Array(rows),
      seq: new Uint32Array(rows),
      arrivalNs: new Float64Array(rows),
      tokenCount: new Uint32Array(rows).fill(1),
      stampSource: new Uint8Array(rows),
      errorNs: new Float64Array(rows),
    };
    const before = process.memoryUsage().arrayBuffers;
    // Without a turn of the loop the thread's answers cannot come in: 8 M rows, of which 200,000 may be on the way.
    for (let batch = 0; batch < 1_000; batch += 1) tapped.appendChunks(columns);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200_000_000);
    await page.close();
  },
);
