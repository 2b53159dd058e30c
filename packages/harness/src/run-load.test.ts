import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { durationNs } from '@fluidscope/units';
import { planOf } from './testing/planned-requests.js';
import { MS, VirtualRun } from './testing/virtual-run.js';

/** From the decision to begin a phase to the zero of its schedule. */
const LEAD_MS = 2;

const endless = { endsAfterNs: 1e9 * MS };

describe('open loop', () => {
  it('sends on the absolute schedule, however slow the answers are', async () => {
    const run = new VirtualRun(planOf([0, 10 * MS, 15 * MS, 15 * MS, 400 * MS]), () => ({
      endsAfterNs: 5_000 * MS,
    }));
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([0, 10, 15, 15, 400].map((ms) => ms + LEAD_MS));
    expect(result).toMatchObject({
      stopReason: 'finished',
      failure: undefined,
      counts: { sentCount: 5, okCount: 5, maxLatenessNs: 0 },
      warnings: [],
    });
    expect(run.rows.end).toEqual({ stopReason: 'finished', endedNs: result.window.endedNs });
  });

  it('sends late what a blocked loop kept back, skips none, and counts from the intended time', async () => {
    const run = new VirtualRun(planOf([0, 10 * MS, 20 * MS, 30 * MS, 100 * MS]), () => ({
      chunksAfterNs: [5 * MS],
      endsAfterNs: 6 * MS,
    }));
    await run.time.advanceTo((LEAD_MS + 4) * MS);
    run.time.block(56 * MS);
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([2, 62, 62, 62, 102]);
    expect(run.rows.starts.map(({ intendedNs }) => intendedNs / MS)).toEqual([2, 12, 22, 32, 102]);
    expect(run.rows.ends.map(({ ttftNs }) => (ttftNs ?? 0) / MS)).toEqual([60, 55, 45, 35, 5]);
    expect(run.rows.ends.map(({ ttftFromSentNs }) => (ttftFromSentNs ?? 0) / MS)).toEqual([60, 5, 5, 5, 5]);
    expect(result.counts).toMatchObject({ sentCount: 5, maxLatenessNs: 50 * MS });
    expect(result.warnings).toMatchObject([{ code: 'late_sends' }]);
    expect(result.warnings[0]?.message).toContain('3 of 5 requests were sent more than 10.0 ms late');
    expect(run.rows.events.filter(({ kind }) => kind === 'warning').map(({ detail }) => detail)).toEqual(
      result.warnings,
    );
  });

  it('passes on what was known before it began, into the trace too', async () => {
    const warnings = [{ code: 'user_stamps', message: 'stamped by the event loop' }] as const;
    const run = new VirtualRun(planOf([0]), () => ({ chunksAfterNs: [MS], endsAfterNs: 2 * MS }), {
      warnings,
    });
    expect((await run.toEnd()).warnings).toEqual(warnings);
    const recorded = run.rows.events.filter(({ kind }) => kind === 'warning');
    expect(recorded.map(({ detail }) => detail)).toEqual(warnings);
  });

  it('queues under a cap in order of the schedule, keeps the intended times and says so', async () => {
    const run = new VirtualRun(planOf([0, 10 * MS, 20 * MS, 30 * MS]), () => ({ endsAfterNs: 1_500 * MS }), {
      settings: { maxInFlightCount: 2 },
    });
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([2, 12, 1_502, 1_512]);
    expect(run.rows.starts.map(({ intendedNs }) => intendedNs / MS)).toEqual([2, 12, 22, 32]);
    expect(result.counts).toMatchObject({ queuedCount: 2, maxQueuedNs: 1_480 * MS, maxLatenessNs: 0 });
    expect(result.warnings).toMatchObject([{ code: 'queued_by_cap' }]);
    const queued = run.rows.events.filter(({ kind }) => kind === 'queued_by_cap');
    expect(queued.map(({ detail }) => detail)).toEqual([
      { sent_after_waiting_count: 0, waiting_count: 2, longest_wait_so_far_ns: 0 },
      { sent_after_waiting_count: 2, waiting_count: 0, longest_wait_so_far_ns: 1_480 * MS },
    ]);
  });
});

describe('closed loop', () => {
  it('sends when a slot comes free, and that is the intended time', async () => {
    const lengthsMs = [30, 50, 40, 10, 10];
    const run = new VirtualRun(
      planOf(Array<undefined>(5).fill(undefined), { concurrencyCount: 2 }),
      (_, index) => ({
        endsAfterNs: (lengthsMs[index] ?? 0) * MS,
      }),
    );
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([2, 2, 32, 52, 62]);
    expect(run.rows.starts.map(({ intendedNs }) => intendedNs / MS)).toEqual([2, 2, 32, 52, 62]);
    expect(result.stopReason).toBe('finished');
  });

  it('ends by its duration, and lets what is in flight finish', async () => {
    const run = new VirtualRun(
      planOf(Array<undefined>(1_000).fill(undefined), { concurrencyCount: 1 }),
      () => ({ endsAfterNs: 40 * MS }),
      { settings: { durationNs: durationNs(100 * MS) } },
    );
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([2, 42, 82]);
    expect(result).toMatchObject({ stopReason: 'duration', counts: { okCount: 3, cancelledCount: 0 } });
    expect(result.window).toEqual({
      warmupStartNs: undefined,
      measuredStartNs: 2 * MS,
      sendingEndedNs: 102 * MS,
      endedNs: 122 * MS,
    });
  });

  it('rests longer with each round in which every request fails, and not after one that succeeds', async () => {
    const run = new VirtualRun(
      planOf(Array<undefined>(10).fill(undefined), { concurrencyCount: 2 }),
      (_, index) => ({
        endsAfterNs: 0.5 * MS,
        outcome: index < 6 ? { status: 'error', errorCode: 'connect' } : {},
      }),
    );
    await run.toEnd();
    // The first failure alone is no round: its slot goes on at once.
    expect(run.sentAtMs).toEqual([2, 2, 2.5, 12.5, 13, 33, 33.5, 34, 34.5, 35]);
    expect(run.rows.starts.map(({ intendedNs }) => intendedNs / MS)).toEqual(run.sentAtMs);
  });
});

describe('warm-up', () => {
  it('is over before the measured schedule begins at a zero of its own, and enters no metric', async () => {
    const plan = planOf([50 * MS, 60 * MS], { warmupOffsetsNs: [0, 20 * MS] });
    const run = new VirtualRun(plan, () => ({ chunksAfterNs: [100 * MS, 300 * MS], endsAfterNs: 300 * MS }));
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([2, 22, 324, 334]);
    expect(result.window).toMatchObject({ warmupStartNs: 2 * MS, measuredStartNs: 324 * MS });
    expect(run.rows.ends.map(({ ttftNs, outputTokens }) => [ttftNs, outputTokens])).toEqual([
      [undefined, 2],
      [undefined, 2],
      [100 * MS, 2],
      [100 * MS, 2],
    ]);
    expect(run.rows.starts.map(({ phase }) => phase)).toEqual(['warmup', 'warmup', 'measured', 'measured']);
    expect(new Set(run.rows.misses.map(({ requestIndex }) => requestIndex))).toEqual(new Set([2, 3]));
    expect(result.counts).toMatchObject({ warmupCount: 2, sentCount: 2, okCount: 2, outputTokens: 4 });
    const stages = run.rows.events.filter(({ kind }) => kind === 'load_stage');
    expect(stages.map(({ detail, timeNs }) => [detail, timeNs / MS])).toEqual([
      [{ stage: 'warmup' }, 2],
      [{ stage: 'measured' }, 324],
      [{ stage: 'draining' }, 334],
    ]);
  });

  it('that fails is said, and kept out of the counts of failures', async () => {
    const run = new VirtualRun(planOf([0], { warmupOffsetsNs: [0] }), (_, index) => ({
      endsAfterNs: MS,
      outcome: index === 0 ? { status: 'error', errorCode: 'http', httpStatus: 503 } : {},
    }));
    const result = await run.toEnd();
    expect(result.counts).toMatchObject({ warmupCount: 1, warmupFailedCount: 1, failedCount: 0, okCount: 1 });
    expect(result.warnings).toMatchObject([{ code: 'warmup_failed' }]);
  });
});

describe('stopping', () => {
  it('by duration sends what was due before, and cancels what is in flight beyond the drain limit', async () => {
    const run = new VirtualRun(
      planOf([0, 50 * MS, 99 * MS, 100 * MS, 150 * MS]),
      (_, index) => ({
        endsAfterNs: index === 0 ? 200 * MS : endless.endsAfterNs,
      }),
      { settings: { durationNs: durationNs(100 * MS), drainLimitNs: durationNs(500 * MS) } },
    );
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([2, 52, 101]);
    expect(result).toMatchObject({
      stopReason: 'duration',
      counts: { okCount: 1, cancelledCount: 2, neverSentCount: 0, failedCount: 0 },
      window: { sendingEndedNs: 102 * MS, endedNs: 602 * MS },
    });
    expect(run.rows.ends.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      ['ok', undefined],
      ['cancelled', 'cancelled'],
      ['cancelled', 'cancelled'],
    ]);
  });

  it('by signal drains; what was due and not sent is cancelled, what was not yet due is not part of the run', async () => {
    const run = new VirtualRun(planOf([0, 10 * MS, 20 * MS, 900 * MS]), () => ({ endsAfterNs: 300 * MS }), {
      settings: { maxInFlightCount: 1 },
    });
    await run.time.advanceTo(100 * MS);
    run.stop.abort();
    const result = await run.toEnd();
    expect(run.sentAtMs).toEqual([2]);
    expect(result).toMatchObject({
      stopReason: 'interrupted',
      counts: { sentCount: 1, okCount: 1, cancelledCount: 2, neverSentCount: 2 },
      window: { endedNs: 302 * MS },
    });
    expect(run.rows.starts.map(({ requestIndex, sentNs }) => [requestIndex, sentNs])).toEqual([
      [0, 2 * MS],
      [1, undefined],
      [2, undefined],
    ]);
    expect(run.rows.end?.stopReason).toBe('interrupted');
  });

  it('at once by the second signal', async () => {
    const run = new VirtualRun(planOf([0, 10 * MS]), () => endless);
    await run.time.advanceTo(100 * MS);
    run.stop.abort();
    await run.time.advanceTo(200 * MS);
    expect(run.result).toBeUndefined();
    run.stopNow.abort();
    const result = await run.toEnd();
    expect(result).toMatchObject({ stopReason: 'interrupted', counts: { cancelledCount: 2 } });
    expect(result.window.endedNs).toBe(200 * MS);
  });

  it('of a plan that ran out before its duration gives the last answers that long, and the drain limit', async () => {
    const run = new VirtualRun(
      planOf([0, 10 * MS]),
      (_, index) => (index === 0 ? { endsAfterNs: MS } : endless),
      {
        settings: { durationNs: durationNs(100 * MS), drainLimitNs: durationNs(50 * MS) },
      },
    );
    const result = await run.toEnd();
    expect(result).toMatchObject({ stopReason: 'duration', counts: { okCount: 1, cancelledCount: 1 } });
    expect(result.window).toMatchObject({ sendingEndedNs: 12 * MS, endedNs: 152 * MS });
  });

  it('before anything was sent leaves a closed trace of no request', async () => {
    const stop = new AbortController();
    stop.abort();
    const run = new VirtualRun(planOf([0]), () => endless, { stopSignal: stop.signal });
    const result = await run.toEnd();
    expect(result).toMatchObject({ stopReason: 'interrupted', counts: { sentCount: 0 } });
    expect(run.rows).toMatchObject({ starts: [], closedCount: 1, end: { stopReason: 'interrupted' } });
  });

  it('during warm-up begins no measured load', async () => {
    const run = new VirtualRun(planOf([0], { warmupOffsetsNs: [0] }), () => ({ endsAfterNs: 200 * MS }));
    await run.time.advanceTo(100 * MS);
    run.stop.abort();
    const result = await run.toEnd();
    expect(result).toMatchObject({ stopReason: 'interrupted', window: { measuredStartNs: undefined } });
    expect(run.client.sent).toHaveLength(1);
  });

  it('of a plan that ran out waits for the last answers without a limit', async () => {
    const run = new VirtualRun(planOf([0]), () => ({ endsAfterNs: 60_000 * MS }));
    const result = await run.toEnd();
    expect(result).toMatchObject({ stopReason: 'finished', counts: { okCount: 1, cancelledCount: 0 } });
  });
});

describe('failure', () => {
  it('of the trace stops the load and says so', async () => {
    const run = new VirtualRun(planOf([0, 10 * MS, 900 * MS]), () => endless);
    await run.time.advanceTo(100 * MS);
    run.rows.breakDown(new Error('no space left on device'));
    const result = await run.toEnd();
    expect(result).toMatchObject({ stopReason: 'failed', failure: { message: 'no space left on device' } });
    expect(run.client.sent).toHaveLength(2);
    expect(result.window.endedNs).toBeLessThan(200 * MS);
    expect(run.rows.closedCount).toBe(1);
  });

  it('to close the trace is a failed run', async () => {
    const run = new VirtualRun(planOf([0]), () => ({ endsAfterNs: MS }));
    run.rows.close = () => Promise.reject(new Error('cannot sync'));
    expect(await run.toEnd()).toMatchObject({ stopReason: 'failed', failure: { message: 'cannot sync' } });
  });

  it('of the plan ends the run and keeps what was recorded', async () => {
    const whole = planOf([0, 10 * MS]);
    const plan = {
      ...whole,
      *requests() {
        yield* whole.requests();
        throw new Error('the data set is gone');
      },
    };
    const run = new VirtualRun(plan, () => endless);
    const result = await run.toEnd();
    expect(result).toMatchObject({ stopReason: 'failed', failure: { message: 'the data set is gone' } });
    expect(run.rows.starts).toHaveLength(run.rows.ends.length);
  });

  it('of the progress display ends the run', async () => {
    const run = new VirtualRun(planOf([0, 5_000 * MS]), () => endless, {
      onProgress: () => {
        throw new Error('broken pipe');
      },
    });
    expect(await run.toEnd()).toMatchObject({ stopReason: 'failed', failure: { message: 'broken pipe' } });
  });

  it('by settings that no load can be driven by names them all', async () => {
    const run = new VirtualRun(planOf([0]), () => endless, {
      settings: { durationNs: durationNs(0), maxInFlightCount: 0.5 },
    });
    const result = await run.toEnd();
    expect(result.stopReason).toBe('failed');
    expect(result.failure?.message.split('\n')).toEqual([
      'Expected a whole number from 1 for durationNs but received 0',
      'Expected a whole number from 1 for maxInFlightCount but received 0.5',
    ]);
    expect(run.rows.closedCount).toBe(1);
  });

  it('of requests is counted by code and enters no latency', async () => {
    const run = new VirtualRun(planOf([0, MS, 2 * MS]), (_, index) => ({
      chunksAfterNs: [5 * MS],
      endsAfterNs: 10 * MS,
      outcome:
        index === 0
          ? {}
          : { status: 'error', errorCode: 'reset', errorMessage: 'socket hang up', finishReason: undefined },
    }));
    const result = await run.toEnd();
    expect(result.counts).toMatchObject({ okCount: 1, failedCount: 2, failedCountByCode: { reset: 2 } });
    expect(run.rows.ends[1]).toMatchObject({
      status: 'error',
      errorCode: 'reset',
      errorMessage: 'socket hang up',
      firstChunkNs: 8 * MS,
      outputTokens: 1,
      ttftNs: undefined,
      endToEndNs: undefined,
      fluidityIndex: undefined,
    });
  });
});

describe('metrics', () => {
  it('of a stream with a stall are those of its deadlines, its misses those of its index', async () => {
    const afterNs = [80, 100, 120, 1_120, 1_140].map((ms) => ms * MS);
    const run = new VirtualRun(planOf([0]), () => ({ chunksAfterNs: afterNs, endsAfterNs: 1_141 * MS }));
    await run.toEnd();
    const end = run.rows.ends[0];
    expect(end).toMatchObject({
      ttftNs: 80 * MS,
      ttftFromSentNs: 80 * MS,
      ttftVisibleNs: 80 * MS,
      endToEndNs: 1_140 * MS,
      tpotMeanNs: 265 * MS,
      firstChunkNs: 82 * MS,
      outputTokens: 5,
      tokenCountSource: 'one_per_chunk',
      tokenFluidityIndex: 0.8,
    });
    // Slack before the stall: 20 + 5 + 5 ms. It ends at a gap of 1,000 ms: floor((1000 - 30 - 25) / 25) + 1 deadlines passed.
    expect(end).toMatchObject({ missedDeadlinesCount: 38, totalDeadlinesCount: 42, fluidityIndex: 4 / 42 });
    expect(run.rows.misses).toEqual([
      { requestIndex: 0, seq: 3, dueNs: 177 * MS, arrivalNs: 1_122 * MS, missedCount: 38 },
    ]);
  });

  it('keep the first token of any kind and the first visible one apart', async () => {
    const run = new VirtualRun(planOf([0]), () => ({
      chunksAfterNs: [10 * MS, 20 * MS, 30 * MS, 40 * MS],
      chunk: (seq) => ({ kind: (['none', 'reasoning', 'content', 'none'] as const)[seq] ?? 'none' }),
      endsAfterNs: 50 * MS,
    }));
    await run.toEnd();
    expect(run.rows.ends[0]).toMatchObject({ ttftNs: 20 * MS, ttftVisibleNs: 30 * MS, outputTokens: 2 });
    expect(run.rows.chunks.map(({ tokenCount }) => tokenCount)).toEqual([0, 1, 1, 0]);
  });

  it('count by a tokenizer over the whole text once the stream has ended, and correct the chunks', async () => {
    const pieces: (readonly string[])[] = [];
    const run = new VirtualRun(
      planOf([0]),
      () => ({
        chunksAfterNs: [10 * MS, 20 * MS],
        endsAfterNs: 50 * MS,
        outcome: { usageOutputTokens: 5 },
      }),
      {
        prefixTokenCounts: (texts) => {
          pieces.push(texts);
          return Uint32Array.of(2, 3);
        },
      },
    );
    const result = await run.toEnd();
    expect(pieces).toEqual([['t0 ', 't1 ']]);
    expect(run.rows.tokenCounts).toEqual([
      { requestIndex: 0, seq: Uint32Array.of(0, 1), tokenCount: Uint32Array.of(2, 3) },
    ]);
    expect(run.rows.ends[0]).toMatchObject({ outputTokens: 5, tokenCountSource: 'tokenizer' });
    expect(result.warnings).toEqual([]);
  });

  it('fall back to one token a chunk when the tokenizer fails, and say so', async () => {
    const run = new VirtualRun(planOf([0]), () => ({ chunksAfterNs: [10 * MS], endsAfterNs: 50 * MS }), {
      prefixTokenCounts: () => {
        throw new Error('lone surrogate');
      },
    });
    const result = await run.toEnd();
    expect(run.rows.ends[0]).toMatchObject({ outputTokens: 1, tokenCountSource: 'one_per_chunk' });
    expect(run.rows.events).toContainEqual(
      expect.objectContaining({ kind: 'token_count_failed', detail: { message: 'lone surrogate' } }),
    );
    expect(result.warnings).toMatchObject([{ code: 'token_count_failed' }]);
  });

  it('warn when the server says other counts than those counted', async () => {
    const run = new VirtualRun(planOf([0, MS]), (_, index) => ({
      chunksAfterNs: [10 * MS, 11 * MS],
      endsAfterNs: 50 * MS,
      outcome: { usageOutputTokens: index === 0 ? 10 : 2 },
    }));
    const result = await run.toEnd();
    expect(run.rows.ends[0]).toMatchObject({ outputTokens: 2, usageOutputTokens: 10 });
    expect(result.warnings).toMatchObject([{ code: 'token_count_disagrees' }]);
    expect(result.warnings[0]?.message).toContain('1 of 2 requests');
    expect(result.warnings[0]?.message).toContain('by up to 8');
  });
});

it('reports progress each second and once at the end', async () => {
  const seen: { readonly stage: string; readonly sentCount: number; readonly inFlightCount: number }[] = [];
  const run = new VirtualRun(
    planOf([0, 1_500 * MS]),
    () => ({ chunksAfterNs: [80 * MS], endsAfterNs: 900 * MS }),
    {
      onProgress: ({ stage, sentCount, inFlightCount }) => seen.push({ stage, sentCount, inFlightCount }),
    },
  );
  await run.toEnd();
  expect(seen).toEqual([
    { stage: 'measured', sentCount: 1, inFlightCount: 0 },
    { stage: 'draining', sentCount: 2, inFlightCount: 1 },
    { stage: 'draining', sentCount: 2, inFlightCount: 0 },
  ]);
});

it.each([
  ['that was cut off', [0, 10 * MS], endless],
  ['that ran out long before its duration', [0], { endsAfterNs: MS }],
])('leaves no timer and no listener behind a load %s', async (_, offsetsNs, script) => {
  const run = new VirtualRun(planOf(offsetsNs), () => script, {
    settings: { durationNs: durationNs(60_000 * MS), drainLimitNs: durationNs(50 * MS) },
  });
  await run.toEnd();
  expect(run.time.pendingCount).toBe(0);
  for (const { signal } of [run.stop, run.stopNow]) expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('warns of no leak with many requests in flight', async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error): void => void warnings.push(warning);
  process.on('warning', collect);
  await new VirtualRun(planOf(Array<number>(100).fill(0)), () => ({ endsAfterNs: MS })).toEnd();
  process.off('warning', collect);
  expect(warnings).toEqual([]);
});
