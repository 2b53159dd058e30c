import type { RequestEnd, RequestStart } from '@fluidscope/trace-schema';
import { durationNs, runNs } from '@fluidscope/units';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunkRows } from './testing/chunk-rows.js';
import { query } from './testing/query.js';
import { requestEnd, requestStart, RUN_END, RUN_START } from './testing/records.js';
import {
  chunksOf,
  columnsOf,
  readTrace,
  rowsOf,
  writeTrace,
  type ChunkRow,
} from './testing/written-trace.js';

const START: RequestStart = {
  requestIndex: 3,
  phase: 'warmup',
  intendedNs: runNs(-5),
  sentNs: runNs(1_000),
  promptTokens: 512,
  promptTokensSource: 'tokenizer',
  maxOutputTokens: 256,
  workerIndex: 1,
  slo: 'ttft:200ms fluidity:0.95',
};

const END: RequestEnd = {
  requestIndex: 3,
  status: 'ok',
  errorCode: undefined,
  httpStatus: 200,
  errorMessage: undefined,
  responseId: 'chatcmpl-1',
  finishReason: 'stop',
  firstChunkNs: runNs(2_000),
  endedNs: runNs(9_000_000_000_000_000),
  outputTokens: 20,
  tokenCountSource: 'server_usage',
  usagePromptTokens: 513,
  usageOutputTokens: 20,
  ttftNs: durationNs(2_005),
  ttftFromSentNs: durationNs(1_000),
  ttftVisibleNs: durationNs(2_006),
  tpotMeanNs: durationNs(21),
  endToEndNs: durationNs(3_000),
  fluidityIndex: 0.350877,
  tokenFluidityIndex: 0.952381,
  decodeFluidityIndex: 1,
  missedDeadlinesCount: 37,
  totalDeadlinesCount: 57,
  minTbtDeadlineNs: durationNs(24_000_000),
};

it('gives back the run', async () => {
  const path = await writeTrace(() => {});
  expect(await readTrace(path, (reader) => reader.run())).toEqual({ ...RUN_START, end: RUN_END });
});

it('gives back a request with everything known, and one with nothing known', async () => {
  const failed = requestEnd({ requestIndex: 1 });
  const path = await writeTrace((writer) => {
    writer.appendRequestStarts([START, requestStart({ requestIndex: 1 })]);
    writer.appendRequestEnds([END, failed]);
  });
  expect(await readTrace(path, (reader) => reader.requests())).toEqual([
    { ...requestStart({ requestIndex: 1 }), ...failed, requestId: 'r000001' },
    { ...START, ...END, requestId: 'r000003' },
  ]);
});

it('shows a request without an end as in flight', async () => {
  const path = await writeTrace((writer) => writer.appendRequestStarts([START]));
  const [request] = await readTrace(path, (reader) => reader.requests());
  expect(request).toMatchObject({ requestId: 'r000003', status: undefined, endedNs: undefined });
  expect(await query(path, 'SELECT status, ended_ns, error_code FROM requests')).toEqual([
    { status: null, ended_ns: null, error_code: null },
  ]);
});

it('gives back events and samples by their filters, and losses', async () => {
  const gc = {
    source: 'client',
    kind: 'gc',
    timeNs: runNs(20),
    detail: { pauseNs: 4_000_000, kinds: ['minor'] },
  };
  const stage = { source: 'plan', kind: 'stage', timeNs: runNs(10), detail: null };
  const lag = { agentId: 'client', metric: 'loop_delay_ns', timeNs: runNs(7), value: 0.1 + 0.2 };
  const load = { agentId: 'gpu-1', metric: 'cpu_pct', timeNs: runNs(6), value: 99 };
  const loss = { source: 'link', fromNs: runNs(1), toNs: runNs(2), count: 3, reason: 'overrun' };
  const path = await writeTrace((writer) => {
    writer.appendEvents([gc, stage]);
    writer.appendHostSamples([lag, load]);
    writer.appendLosses([loss]);
  });
  await readTrace(path, async (reader) => {
    expect(await reader.events()).toEqual([stage, gc]);
    expect(await reader.events({ source: 'client', kind: 'gc' })).toEqual([gc]);
    expect(await reader.events({ source: 'client', kind: 'stage' })).toEqual([]);
    expect(await reader.hostSamples({})).toEqual([load, lag]);
    expect(await reader.hostSamples({ agentId: 'client' })).toEqual([lag]);
    expect(await reader.hostSamples({ agentId: 'client', metric: 'cpu_pct' })).toEqual([]);
    expect(await reader.losses()).toEqual([loss]);
  });
});

it('gives back server samples and deadline misses in their views', async () => {
  const path = await writeTrace((writer) => {
    writer.appendServerSamples([{ endpoint: 'http://x', metric: 'running', timeNs: runNs(2), value: 3 }]);
    writer.appendDeadlineMisses([
      { requestIndex: 4, seq: 5, dueNs: runNs(6), arrivalNs: runNs(8), missedCount: 2 },
    ]);
  });
  expect(await query(path, 'FROM server_samples')).toEqual([
    { endpoint: 'http://x', metric: 'running', t_ns: 2n, value: 3 },
  ]);
  expect(await query(path, 'FROM deadline_misses')).toEqual([
    {
      request_id: 'r000004',
      seq: 5n,
      due_ns: 6n,
      arrival_ns: 8n,
      missed_count: 2n,
      episode_id: null,
      request_index: 4n,
    },
  ]);
});

it('copies what it is given: a caller may use its arrays again', async () => {
  const columns = chunkRows(0, 10);
  const expected = rowsOf(columns);
  const detail: { word: string } = { word: 'before' };
  const path = await writeTrace((writer) => {
    writer.appendChunks(columns);
    writer.appendEvents([{ source: 's', kind: 'k', timeNs: runNs(0), detail }]);
    columns.arrivalNs.fill(0);
    columns.requestIndex.fill(9);
    detail.word = 'after';
  });
  expect(await chunksOf(path)).toEqual(expected);
  const [event] = await readTrace(path, (reader) => reader.events());
  expect(event?.detail).toEqual({ word: 'before' });
});

it('gives back more chunks than a vector, a flush, a transaction and a batch hold, in order', async () => {
  const path = await writeTrace(async (writer) => {
    for (let from = 0; from < 150_000; from += 1_500) writer.appendChunks(chunkRows(from, 1_500));
    await new Promise((resolve) => setTimeout(resolve, 400));
    writer.appendChunks(chunkRows(150_000, 1));
  });
  expect(await chunksOf(path)).toEqual(rowsOf(chunkRows(0, 150_001)));
});

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const wholeNs = fc.maxSafeInteger();
const chunkRow: fc.Arbitrary<ChunkRow> = fc.record({
  requestIndex: uint32,
  seq: uint32,
  arrivalNs: wholeNs,
  tokenCount: uint32,
  stampSource: fc.integer({ min: 0, max: 1 }),
  errorNs: fc.oneof(wholeNs, fc.constant(NaN)),
});

it('gives back any chunks, however they are cut into appends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(chunkRow)), async (appends) => {
      const path = await writeTrace((writer) => {
        for (const rows of appends) writer.appendChunks(columnsOf(rows));
      });
      expect(await chunksOf(path)).toEqual(appends.flat());
    }),
    { numRuns: 5 },
  );
});

it('keeps any text, and replaces half a character', async () => {
  const path = await writeTrace((writer) => {
    writer.appendEvents([
      {
        source: 'a\0b\ud800c😀',
        kind: '',
        timeNs: runNs(1),
        detail: { 'k\0': '😀 \\ud800 \\\ud800"\udfff' },
      },
    ]);
  });
  const [event] = await readTrace(path, (reader) => reader.events());
  expect(event).toEqual({
    source: 'a\0b\ufffdc😀',
    kind: '',
    timeNs: 1,
    detail: { 'k\0': '😀 \\ud800 \\\ufffd"\ufffd' },
  });
});

it('stores a value that is no finite number as NULL', async () => {
  const path = await writeTrace((writer) => {
    for (const value of [NaN, Infinity, -Infinity, 1.5]) {
      writer.appendHostSamples([{ agentId: 'client', metric: 'm', timeNs: runNs(0), value }]);
    }
  });
  expect(await query(path, 'SELECT value FROM host_samples')).toEqual([
    { value: null },
    { value: null },
    { value: null },
    { value: 1.5 },
  ]);
});
