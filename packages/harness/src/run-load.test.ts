import { describe, expect, it } from 'vitest';
import { durationNs } from '@fluidscope/units';
import { planOf } from './testing/planned-requests.js';
import { MS, VirtualRun } from './testing/virtual-run.js';

/** From the decision to begin a phase to the zero of its schedule. */
const LEAD_MS = 2;

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
