import { describe, expect, it } from 'vitest';
import { durationNs } from '@fluidscope/units';
import { planOf } from './testing/planned-requests.js';
import { MS, VirtualRun } from './testing/virtual-run.js';

const endless = { endsAfterNs: 1e9 * MS };

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

  it('of a kept-alive connection before any response is told apart from other resets', async () => {
    const brokenReuse = { idleNs: durationNs(1_500 * MS), earlierRequestsCount: 7 };
    const run = new VirtualRun(planOf([0, MS]), (_, index) => ({
      endsAfterNs: 10 * MS,
      outcome: { status: 'error', errorCode: 'reset', ...(index === 0 ? { brokenReuse } : {}) },
    }));
    const { counts, warnings } = await run.toEnd();
    expect(counts.failedCountByCode).toEqual({ reset: 2 });
    expect(run.rows.events.filter(({ kind }) => kind === 'kept_alive_broke')).toEqual([
      {
        source: 'client',
        kind: 'kept_alive_broke',
        timeNs: run.rows.ends[0]?.endedNs,
        detail: { request_id: 'r000000', idle_ns: 1_500 * MS, earlier_requests_count: 7 },
      },
    ]);
    expect(warnings).toMatchObject([
      {
        code: 'kept_alive_broke',
        message: expect.stringMatching(/^1 of 2 requests failed on kept-alive/) as string,
      },
    ]);
  });
});
