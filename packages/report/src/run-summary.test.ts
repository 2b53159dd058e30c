import {
  NO_METRICS,
  emptyTrace,
  type ChunkColumns,
  type RequestRow,
  type RunRow,
  type TraceEvent,
  type TraceReader,
} from '@fluidscope/trace-schema';
import { durationNs, monoNs, runNs, wallNs } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { formatRunSummary } from './run-summary-text.js';
import { runSummaryJson } from './run-summary-json.js';
import { summariseTrace } from './run-summary.js';

const MS = 1_000_000;

const CONFIG = { ttft_deadline_ns: 100 * MS, tbt_deadline_ns: 25 * MS };

const RUN: RunRow = {
  runId: 'run-1',
  startedWallNs: wallNs(1_700_000_000_000_000_000n),
  startedMonoNs: monoNs(5_000n),
  config: CONFIG,
  versions: {},
  machine: {},
  stampOverheadNs: durationNs(70),
  clockResolutionNs: durationNs(20),
  end: { endedNs: runNs(2_000 * MS), stopReason: 'finished' },
};

/** A request sent 1 ms late whose tokens came 80, 100 and 140 ms after its intended time; overridden by `row`. */
function request(requestIndex: number, row: Partial<RequestRow> = {}): RequestRow {
  const intendedNs = runNs(requestIndex * 100 * MS);
  return {
    requestIndex,
    requestId: `r${requestIndex}`,
    phase: 'measured',
    intendedNs,
    sentNs: runNs(intendedNs + MS),
    promptTokens: 12,
    promptTokensSource: 'approximation',
    maxOutputTokens: 3,
    workerIndex: 0,
    status: 'ok',
    errorCode: undefined,
    httpStatus: 200,
    errorMessage: undefined,
    responseId: `resp-${requestIndex}`,
    finishReason: 'length',
    firstChunkNs: runNs(intendedNs + 80 * MS),
    endedNs: runNs(intendedNs + 141 * MS),
    outputTokens: 3,
    tokenCountSource: 'server_usage',
    usagePromptTokens: undefined,
    usageOutputTokens: 3,
    ttftNs: durationNs(80 * MS),
    ttftFromSentNs: durationNs(79 * MS),
    ttftVisibleNs: durationNs(80 * MS),
    tpotMeanNs: durationNs(30 * MS),
    endToEndNs: durationNs(140 * MS),
    fluidityIndex: 0.75,
    tokenFluidityIndex: 2 / 3,
    decodeFluidityIndex: 0.5,
    missedDeadlinesCount: 1,
    totalDeadlinesCount: 4,
    minTbtDeadlineNs: durationNs(30 * MS),
    ...row,
  };
}

const failed = (requestIndex: number): RequestRow =>
  request(requestIndex, {
    ...NO_METRICS,
    status: 'error',
    errorCode: 'http',
    httpStatus: 503,
    errorMessage: 'overloaded',
    outputTokens: undefined,
  });

interface Chunk {
  readonly requestIndex: number;
  readonly atMs: number;
  readonly tokenCount: number;
  readonly errorNs?: number;
}

function columns(chunks: readonly Chunk[]): ChunkColumns {
  return {
    length: chunks.length,
    requestIndex: Uint32Array.from(chunks, (chunk) => chunk.requestIndex),
    seq: Uint32Array.from(chunks, (_, index) => index),
    arrivalNs: Float64Array.from(chunks, (chunk) => chunk.atMs * MS),
    tokenCount: Uint32Array.from(chunks, (chunk) => chunk.tokenCount),
    stampSource: Uint8Array.from(chunks, () => 1),
    errorNs: Float64Array.from(chunks, (chunk) => chunk.errorNs ?? NaN),
  };
}

interface Trace {
  readonly run?: RunRow;
  readonly requests?: readonly RequestRow[];
  readonly chunks?: readonly (readonly Chunk[])[];
  readonly events?: readonly TraceEvent[];
}

function readerOf({ run = RUN, requests = [], chunks = [], events = [] }: Trace): TraceReader {
  return {
    ...emptyTrace(run),
    requests: () => Promise.resolve(requests),
    async *chunks() {
      for (const batch of chunks) yield await Promise.resolve(columns(batch));
    },
    events: ({ kind } = {}) =>
      Promise.resolve(events.filter((event) => kind === undefined || event.kind === kind)),
  };
}

describe('what counts', () => {
  it('is measured and ended well: warm-up and failed requests enter no distribution', async () => {
    const requests = [request(0, { phase: 'warmup', ttftNs: durationNs(9_000 * MS) }), request(1), failed(2)];
    const chunks = [
      [
        { requestIndex: 0, atMs: 10, tokenCount: 1 },
        { requestIndex: 1, atMs: 180, tokenCount: 1 },
        { requestIndex: 0, atMs: 900, tokenCount: 1 },
        { requestIndex: 2, atMs: 250, tokenCount: 1 },
        { requestIndex: 2, atMs: 999, tokenCount: 1 },
      ],
      [{ requestIndex: 1, atMs: 200, tokenCount: 1 }],
    ];
    const summary = await summariseTrace(readerOf({ requests, chunks }));
    expect(summary.load).toMatchObject({ warmupCount: 1, plannedCount: 2, okCount: 1, errorCount: 1 });
    expect(summary.latency.ttftNs).toMatchObject({ count: 1, max: 80 * MS });
    expect(summary.latency.tbtNs).toMatchObject({ count: 1, max: 20 * MS });
    expect(summary.failures).toEqual([
      { errorCode: 'http', httpStatus: 503, count: 1, example: 'overloaded' },
    ]);
  });

  it('pools gaps across batches: a chunk of k tokens is one wait and k - 1 zeros; one of none makes no gap', async () => {
    const chunks = [
      [
        { requestIndex: 0, atMs: 5, tokenCount: 0 },
        { requestIndex: 0, atMs: 80, tokenCount: 2 },
        { requestIndex: 0, atMs: 90, tokenCount: 0 },
      ],
      [{ requestIndex: 0, atMs: 140, tokenCount: 3 }],
    ];
    const { latency } = await summariseTrace(readerOf({ requests: [request(0)], chunks }));
    expect(latency.interChunkTimeNs).toMatchObject({ count: 1, max: 60 * MS });
    expect(latency.tbtNs).toMatchObject({ count: 4, max: 60 * MS, mean: 15 * MS });
  });
});

describe('fluidity', () => {
  it('is pooled over deadlines, not a mean of means', async () => {
    const good = request(1, { missedDeadlinesCount: 0, totalDeadlinesCount: 12, fluidityIndex: 1 });
    const { fluidity } = await summariseTrace(readerOf({ requests: [request(0), good] }));
    expect(fluidity).toMatchObject({
      missedDeadlinesCount: 1,
      totalDeadlinesCount: 16,
      fluidityIndex: 1 - 1 / 16,
    });
    expect(fluidity.perRequest?.mean).toBe(0.875);
    expect(fluidity.fluidTokenGenerationRate?.deadlineNs).toBe(30 * MS);
  });
});

describe('rates', () => {
  it('are over the window to the last end, and sends over the time between first and last', async () => {
    const { load } = await summariseTrace(readerOf({ requests: [request(0), request(1), request(2)] }));
    expect(load.windowNs).toBe(341 * MS);
    expect(load.sentRatePerS).toBeCloseTo(10, 9);
    expect(load.requestThroughputPerS).toBeCloseTo(3 / 0.341, 9);
    expect(load.sendLatenessNs?.max).toBe(MS);
  });

  it('give goodput by the SLO', async () => {
    const slow = request(1, { ttftNs: durationNs(300 * MS) });
    const slo = [{ metric: 'ttft', limitNs: durationNs(100 * MS) }] as const;
    const summary = await summariseTrace(readerOf({ requests: [request(0), slow] }), slo);
    expect(summary.goodput).toMatchObject({ metCount: 1, requestsCount: 2 });
  });

  it('give goodput by the SLO that the trace holds, unless another is asked for', async () => {
    const slow = request(1, { ttftNs: durationNs(300 * MS) });
    const recorded = readerOf({
      run: { ...RUN, config: { ...CONFIG, goodput: 'ttft:100ms tpot:1s' } },
      requests: [request(0), slow],
    });
    const summary = await summariseTrace(recorded);
    expect(summary).toMatchObject({
      goodput: { metCount: 1, requestsCount: 2 },
      sloText: 'ttft:100ms tpot:1s',
    });
    const asked = await summariseTrace(recorded, [{ metric: 'ttft', limitNs: durationNs(400 * MS) }]);
    expect(asked).toMatchObject({ goodput: { metCount: 2, requestsCount: 2 }, sloText: 'ttft:400ms' });
  });

  it('give goodput by requests’ own terms in place of the run’s, and say how many have any', async () => {
    const ttft = [{ metric: 'ttft', limitNs: durationNs(100 * MS) }] as const;
    const slow = { ttftNs: durationNs(300 * MS) };
    const requests = [
      request(0),
      request(1, slow),
      request(2, { ...slow, slo: 'ttft:1s' }),
      { ...failed(3), slo: 'ttft:1s' },
      request(4, { phase: 'warmup' }),
    ];
    const judged = await summariseTrace(readerOf({ requests }), ttft);
    expect(judged.goodput).toMatchObject({ metCount: 2, requestsCount: 4, ownTermsCount: 2 });
    expect(formatRunSummary(judged)).toContain('(2 of 4 requests met every term; 2 have terms of their own)');
    const byOwn = await summariseTrace(readerOf({ requests }));
    expect(byOwn.goodput).toMatchObject({ metCount: 1, requestsCount: 2, ownTermsCount: 2 });
    expect(formatRunSummary(byOwn)).toContain(
      '(1 of 2 requests met every term; all have terms of their own)',
    );
    expect(runSummaryJson(byOwn)).toMatchObject({ goodput: { requests: 2, requests_with_own_terms: 2 } });
  });

  it('count a failed request among those that met nothing, and a long wait against tbt', async () => {
    const chunks = [
      [0, 1].flatMap((requestIndex) =>
        [80, requestIndex === 0 ? 120 : 200].map((atMs) => ({ requestIndex, atMs, tokenCount: 1 })),
      ),
    ];
    const slo = [{ metric: 'tbt', limitNs: durationNs(50 * MS) }] as const;
    const requests = [request(0), request(1), failed(2)];
    const { goodput } = await summariseTrace(readerOf({ requests, chunks }), slo);
    expect(goodput).toMatchObject({ metCount: 1, requestsCount: 3 });
  });
});

describe('trust', () => {
  it('knows the stamps’ bounds and counts those that have none', async () => {
    const chunks = [
      [
        { requestIndex: 0, atMs: 80, tokenCount: 1, errorNs: 5_000 },
        { requestIndex: 0, atMs: 140, tokenCount: 1 },
      ],
    ];
    const { stamps } = await summariseTrace(readerOf({ requests: [request(0)], chunks }));
    expect(stamps).toMatchObject({ chunksBySource: { kernel: 0, user: 2 }, unboundedStampsCount: 1 });
    expect(stamps.errorNs).toMatchObject({ count: 1, max: 5_000 });
  });

  it.each([
    [{ kernel: 9, user: 0 }, /token times +kernel stamps, half known to within 5\.00 µs, 99\.9 % to within/],
    [{ kernel: 0, user: 9 }, /token times +user stamps, half/],
    [{ kernel: 4, user: 5 }, /token times +4 kernel stamps, 5 user stamps, half/],
  ])('says of %j who stamped, and how far the times are known', async (chunksBySource, expected) => {
    const chunks = [[{ requestIndex: 0, atMs: 80, tokenCount: 1, errorNs: 5_000 }]];
    const summary = await summariseTrace(readerOf({ requests: [request(0)], chunks }));
    const stamps = { ...summary.stamps, chunksBySource };
    expect(formatRunSummary({ ...summary, stamps })).toMatch(expected);
    expect(formatRunSummary({ ...summary, stamps: { ...stamps, errorNs: undefined } })).toMatch(
      /no bound known/,
    );
  });

  it('says that a trace was cut short, and passes the run’s warnings on', async () => {
    const { end: _, ...cut } = RUN;
    const events = [
      { source: 'client', kind: 'warning', timeNs: runNs(0), detail: { message: 'mind this' } },
    ];
    const summary = await summariseTrace(readerOf({ run: { ...cut, end: undefined }, events }));
    expect(summary.warnings).toEqual([expect.stringContaining('cut short'), 'mind this']);
  });
});

describe('an empty run', () => {
  it('is shown without a figure that does not exist', async () => {
    const summary = await summariseTrace(readerOf({}));
    const text = formatRunSummary(summary);
    expect(text).toContain('not measured');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(JSON.stringify(runSummaryJson(summary))).not.toMatch(/NaN|undefined|Infinity/);
    expect(runSummaryJson(summary)).toMatchObject({
      fluidity: { fluidity_index: null },
      latency: { ttft_ns: null, tbt_ns: null },
      load: { window_ns: null },
    });
  });
});

describe('the text', () => {
  it('marks percentiles that the count does not support, and lists failures apart', async () => {
    const summary = await summariseTrace(readerOf({ requests: [request(0), failed(1)] }));
    const text = formatRunSummary(summary);
    expect(text).toMatch(/TTFT, ms +1 +80\.00 .*~80\.00/);
    expect(text).toMatch(/http 503 +1 +overloaded/);
    expect(text).toContain('first token in 100 ms, later ones 25.0 ms apart');
  });

  it('tells what was lost in one line for each source and reason', async () => {
    const loss = { source: 'a', fromNs: runNs(0), toNs: runNs(MS), reason: 'busy' };
    const losses = [
      { ...loss, count: 1 },
      { ...loss, count: 2 },
      { ...loss, source: 'b', count: undefined },
    ];
    const text = formatRunSummary({ ...(await summariseTrace(readerOf({}))), losses });
    expect(text.match(/lost +.*/g)).toEqual([
      expect.stringMatching(/^lost +3 from a: busy$/),
      expect.stringMatching(/^lost +an unknown number from b: busy$/),
    ]);
  });
});
