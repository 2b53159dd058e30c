import { startLlmSim } from '@fluidscope/llm-sim';
import { requestIdOf, type RequestRow } from '@fluidscope/trace-schema';
import { durationFromMs } from '@fluidscope/units';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isBuilt } from './built.js';
import { writeByteTokenizer } from './byte-tokenizer.js';
import { recordRun, workloadOf, type RecordedRun } from './recorded-run.js';
import {
  ScriptedServer,
  TOKENS_PER_CHUNK_COUNT,
  type Behaviour,
  type ReceivedRequest,
} from './scripted-server.js';

let server: ScriptedServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function startServer(behaviourOf: (request: ReceivedRequest) => Behaviour): Promise<ScriptedServer> {
  server = await ScriptedServer.start(behaviourOf);
  return server;
}

function tokenCountsOf({ chunks }: RecordedRun, requestIndex: number): number[] {
  return chunks.filter((chunk) => chunk.requestIndex === requestIndex).map(({ tokenCount }) => tokenCount);
}

describe('against a scripted server', () => {
  it('stamps every chunk after it was written, and records each once, in order', async () => {
    const { url, received } = await startServer(() => ({ kind: 'stream', gapsMs: [20, 0, 5, 0, 10] }));
    const recorded = await recordRun({ url, workload: workloadOf({}) });
    const { requests, chunks, run, result } = recorded;
    expect(result).toMatchObject({ stopReason: 'finished', counts: { okCount: 30, failedCount: 0 } });
    expect(run.end).toEqual({ stopReason: 'finished', endedNs: result.window.endedNs });
    expect(requests.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 30 }, (_, index) => requestIdOf(index)),
    );
    for (const request of requests) {
      const written = received.find(({ requestId }) => requestId === request.requestId)?.writtenNs ?? [];
      const own = chunks.filter(({ requestIndex }) => requestIndex === request.requestIndex);
      expect(own.map(({ seq }) => seq)).toEqual(own.map((_, index) => index));
      const withText = own.filter(({ tokenCount }) => tokenCount > 0);
      expect(withText).toHaveLength(5);
      withText.forEach(({ arrivalNs }, index) => {
        expect(arrivalNs + Number(run.startedMonoNs)).toBeGreaterThanOrEqual(Number(written[index]));
      });
      expect(request).toMatchObject({
        status: 'ok',
        responseId: 'answer',
        outputTokens: 5,
        firstChunkNs: withText[0]?.arrivalNs,
        ttftNs: (withText[0]?.arrivalNs ?? NaN) - request.intendedNs,
        ttftFromSentNs: (withText[0]?.arrivalNs ?? NaN) - (request.sentNs ?? NaN),
      });
    }
  });

  it('sends what the plan says, and nothing else', async () => {
    const { url, received } = await startServer(() => ({ kind: 'stream', gapsMs: [0] }));
    const { requests } = await recordRun({
      url,
      workload: workloadOf({ warmupRequestCount: 3, requestCount: 10 }),
    });
    expect(received).toHaveLength(13);
    for (const { requestId, maxOutputTokens, phase, requestIndex } of requests) {
      expect(received.find((request) => request.requestId === requestId)?.maxTokens).toBe(maxOutputTokens);
      expect(phase).toBe(requestIndex < 3 ? 'warmup' : 'measured');
    }
    expect(requests.slice(0, 3).every(({ ttftNs }) => ttftNs === undefined)).toBe(true);
  });

  it('takes the server’s count on every chunk over one a chunk', async () => {
    const { url } = await startServer(() => ({ kind: 'stream', gapsMs: [1, 1, 1], usage: 'on_every_chunk' }));
    const recorded = await recordRun({ url, workload: workloadOf({ requestCount: 5 }) });
    for (const { requestIndex, outputTokens, tokenCountSource, usageOutputTokens } of recorded.requests) {
      expect([outputTokens, tokenCountSource, usageOutputTokens]).toEqual([6, 'server_usage', 6]);
      expect(tokenCountsOf(recorded, requestIndex).filter((count) => count > 0)).toEqual(
        Array<number>(3).fill(TOKENS_PER_CHUNK_COUNT),
      );
    }
    expect(recorded.result.warnings.map(({ code }) => code)).not.toContain('token_count_disagrees');
  });

  it('says when the server’s total is not what was counted', async () => {
    const { url } = await startServer(() => ({ kind: 'stream', gapsMs: [1, 1, 1] }));
    const { requests, result } = await recordRun({ url, workload: workloadOf({ requestCount: 5 }) });
    expect(requests[0]).toMatchObject({
      outputTokens: 3,
      tokenCountSource: 'one_per_chunk',
      usageOutputTokens: 6,
    });
    const disagrees = result.warnings.find(({ code }) => code === 'token_count_disagrees');
    expect(disagrees?.message).toContain('5 of 5 requests');
  });

  it('tells failures apart, records each, and lets none into a latency', async () => {
    const failures: readonly Behaviour[] = [
      { kind: 'stream', gapsMs: [1, 1] },
      { kind: 'refuse', httpStatus: 503, body: 'overloaded' },
      { kind: 'reset', gapsMs: [1, 1] },
    ];
    const { url } = await startServer(
      ({ requestId }) => failures[Number(requestId.slice(1)) % 3] ?? { kind: 'hang', gapsMs: [] },
    );
    const { requests, result } = await recordRun({ url, workload: workloadOf({ requestCount: 12 }) });
    expect(result.counts).toMatchObject({
      okCount: 4,
      failedCount: 8,
      failedCountByCode: { http: 4, reset: 4 },
    });
    expect(requests[1]).toMatchObject({
      status: 'error',
      errorCode: 'http',
      httpStatus: 503,
      errorMessage: 'overloaded',
    });
    expect(requests[2]).toMatchObject({ status: 'error', errorCode: 'reset', httpStatus: 200 });
    expect(requests.filter(({ endToEndNs }) => endToEndNs !== undefined)).toHaveLength(4);
  });

  it('records an endpoint that nobody listens on', async () => {
    const url = 'http://127.0.0.1:9';
    const { requests, result } = await recordRun({ url, workload: workloadOf({ requestCount: 4 }) });
    expect(result).toMatchObject({ stopReason: 'finished', counts: { failedCountByCode: { connect: 4 } } });
    expect(requests.map(({ sentNs }) => sentNs)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('ends by its duration, cancels what hangs beyond the drain limit and closes the trace', async () => {
    const { url } = await startServer(({ requestId }) =>
      requestId === 'r000000' ? { kind: 'hang', gapsMs: [1, 1] } : { kind: 'stream', gapsMs: [1] },
    );
    const { requests, result, run, events } = await recordRun({
      url,
      workload: workloadOf({ arrivals: { kind: 'constant', ratePerS: 50 }, requestCount: undefined }),
      settings: { durationNs: durationFromMs(500), drainLimitNs: durationFromMs(300) },
    });
    expect(result.stopReason).toBe('duration');
    expect(run.end?.stopReason).toBe('duration');
    expect(requests).toHaveLength(25);
    expect(requests[0]).toMatchObject({
      status: 'cancelled',
      errorCode: 'cancelled',
      outputTokens: 2,
      ttftNs: undefined,
    });
    expect(requests.slice(1).every(({ status }) => status === 'ok')).toBe(true);
    expect(events.filter(({ kind }) => kind === 'load_stage').map(({ detail }) => detail)).toEqual([
      { stage: 'measured' },
      { stage: 'draining' },
    ]);
  });

  it('keeps a closed loop at its concurrency', async () => {
    const { url } = await startServer(() => ({ kind: 'stream', gapsMs: [5, 5] }));
    const { requests } = await recordRun({
      url,
      workload: workloadOf({ arrivals: { kind: 'closed_loop', concurrencyCount: 4 }, requestCount: 40 }),
    });
    // From the fifth on, each slot came free when a request before it had ended, and no slot twice.
    const ends = new Set(requests.map(({ endedNs }) => endedNs));
    const later = requests.slice(4).map(({ intendedNs }) => intendedNs);
    expect(later.filter((intendedNs) => !ends.has(intendedNs))).toEqual([]);
    expect(mostInFlightCount(requests)).toBe(4);
  });

  it('observes itself on the timeline', async () => {
    const { url } = await startServer(() => ({ kind: 'stream', gapsMs: [400] }));
    const { hostMetrics } = await recordRun({ url, workload: workloadOf({ requestCount: 3 }) });
    // Kernel-stamped connections add their own, where there are any.
    const ofProcess = [...hostMetrics].filter((metric) => !metric.startsWith('client tcp_'));
    expect(ofProcess.sort()).toEqual([
      'client cpu_system_ratio',
      'client cpu_user_ratio',
      'client event_loop_delay_max_ns',
      'client event_loop_delay_mean_ns',
      'client event_loop_utilization_ratio',
      'client heap_used_bytes',
      'client rss_bytes',
    ]);
  });
});

describe.skipIf(!isBuilt)('in workers', () => {
  it('makes the same requests, prompts and token counts with one as with three', async () => {
    const runs: (readonly [sent: unknown, recorded: unknown])[] = [];
    for (const workersCount of [undefined, 1, 3]) {
      const { url, received } = await startServer(({ maxTokens }) => ({
        kind: 'stream',
        gapsMs: Array<number>(maxTokens).fill(1),
      }));
      const recorded = await recordRun({
        url,
        workload: workloadOf({ warmupRequestCount: 4, requestCount: 40 }),
        ...(workersCount === undefined ? {} : { workersCount }),
      });
      const { requests, result, hostMetrics } = recorded;
      expect(result).toMatchObject({
        stopReason: 'finished',
        failure: undefined,
        counts: { okCount: 40, warmupCount: 4 },
      });
      const workers = new Set(requests.map(({ workerIndex }) => workerIndex));
      expect([...workers].sort()).toEqual(workersCount === 3 ? [0, 1, 2] : [0]);
      if (workersCount === 3) expect(hostMetrics.has('client/2 event_loop_delay_max_ns')).toBe(true);
      const sent = received.map(({ requestId, prompt, maxTokens }) => ({ requestId, prompt, maxTokens }));
      const { measuredStartNs = NaN } = result.window;
      runs.push([
        sent.sort((a, b) => a.requestId.localeCompare(b.requestId)),
        requests.map(({ requestIndex, phase, intendedNs, promptTokens, outputTokens }) => ({
          requestIndex,
          phase,
          offsetNs: phase === 'measured' ? intendedNs - measuredStartNs : undefined,
          promptTokens,
          outputTokens,
          counts: tokenCountsOf(recorded, requestIndex),
        })),
      ]);
      await server?.close();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it('counts by the tokenizer that each loads for itself, and corrects the chunks', async () => {
    const { url } = await startServer(() => ({ kind: 'stream', gapsMs: [1, 1, 1] }));
    const folder = await mkdtemp(join(tmpdir(), 'fluidscope-tokenizer-'));
    await writeByteTokenizer(join(folder, 'tokenizer.json'));
    const recorded = await recordRun({
      url,
      workersCount: 2,
      tokenizerPath: folder,
      workload: workloadOf({ requestCount: 6 }),
    }).finally(() => rm(folder, { recursive: true }));
    expect(recorded.result).toMatchObject({ stopReason: 'finished', failure: undefined });
    for (const { requestIndex, outputTokens, tokenCountSource, promptTokensSource } of recorded.requests) {
      expect([outputTokens, tokenCountSource, promptTokensSource]).toEqual([33, 'tokenizer', 'tokenizer']);
      const counts = tokenCountsOf(recorded, requestIndex).filter((count) => count > 0);
      expect(counts).toEqual(Array<number>(3).fill('two tokens '.length));
    }
  });

  it('stops them all by one signal, and drains', async () => {
    const { url } = await startServer(() => ({ kind: 'stream', gapsMs: [200, 1] }));
    const stop = new AbortController();
    const { requests, result, run } = await recordRun({
      url,
      workersCount: 2,
      workload: workloadOf({ arrivals: { kind: 'constant', ratePerS: 50 }, requestCount: undefined }),
      control: {
        stopSignal: stop.signal,
        onProgress: ({ sentCount }) => {
          if (sentCount > 0) stop.abort();
        },
      },
    });
    expect(result).toMatchObject({ stopReason: 'interrupted', failure: undefined });
    expect(run.end?.stopReason).toBe('interrupted');
    expect(requests.length).toBeGreaterThan(0);
    // A busy machine may come late to one that is due when the signal comes: it is then not sent any more.
    for (const { status, sentNs } of requests) expect(status).toBe(sentNs === undefined ? 'cancelled' : 'ok');
    expect(result.counts.okCount + result.counts.neverSentCount).toBe(requests.length);
  });

  it('fails the run, with a whole trace, when a worker cannot begin', async () => {
    const { result, run } = await recordRun({ url: 'no address', workersCount: 2, workload: workloadOf({}) });
    expect(result.stopReason).toBe('failed');
    expect(result.failure?.message).toMatch(/^Worker \d failed: .*no address/);
    expect(run.end?.stopReason).toBe('failed');
  });
});

it('drives the simulated engine, and counts the tokens that it says', async () => {
  const sim = await startLlmSim({
    engine: { kind: 'fixed', ttftNs: durationFromMs(20), tbtNs: durationFromMs(5) },
  });
  try {
    const { requests, result } = await recordRun({
      url: sim.url,
      model: sim.model,
      workload: workloadOf({
        requestCount: 20,
        outputLengths: { kind: 'uniform', minTokens: 4, maxTokens: 20 },
      }),
      settings: { ignoreEos: true },
    });
    expect(result).toMatchObject({ stopReason: 'finished', counts: { okCount: 20 } });
    for (const { outputTokens, usageOutputTokens, maxOutputTokens } of requests) {
      expect([outputTokens, usageOutputTokens]).toEqual([maxOutputTokens, maxOutputTokens]);
    }
  } finally {
    await sim.close();
  }
});

function mostInFlightCount(requests: readonly RequestRow[]): number {
  const steps = requests.flatMap(({ intendedNs, endedNs = NaN }) => [
    { atNs: intendedNs, change: 1 },
    { atNs: endedNs, change: -1 },
  ]);
  // A slot is free from the moment its request ends.
  steps.sort((a, b) => a.atNs - b.atNs || a.change - b.change);
  let inFlightCount = 0;
  return Math.max(...steps.map(({ change }) => (inFlightCount += change)));
}
