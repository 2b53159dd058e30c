import { describe, expect, it } from 'vitest';
import { durationNs } from '@fluidscope/units';
import { planOf } from './testing/planned-requests.js';
import { MS, VirtualRun } from './testing/virtual-run.js';

const endless = { endsAfterNs: 1e9 * MS };

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
