import { expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { emptyTally } from './load-tally.js';
import { ProgressReporter } from './progress-reporter.js';
import { RecentValues } from './recent-values.js';

const S = 1e9;

it('gives rates since the previous snapshot, asked beside sent', () => {
  const reporter = new ProgressReporter(
    { plannedCount: 100, durationNs: undefined, isOpenLoop: true },
    runNs(0),
  );
  const recentTtftsNs = new RecentValues(8);
  const view = { stage: 'measured', measuredStartNs: runNs(0.5 * S), recentTtftsNs } as const;
  reporter.snapshot(runNs(S), {
    ...view,
    tally: { ...emptyTally(), sentCount: 10, dueCount: 10, liveTokens: 50 },
  });
  for (const ttftNs of [10, 20, 30]) recentTtftsNs.push(ttftNs);
  const tally = {
    ...emptyTally(),
    sentCount: 14,
    dueCount: 20,
    liveTokens: 250,
    waitingCount: 6,
    fluidityCount: 2,
    fluidityIndexSum: 1.5,
  };
  expect(reporter.snapshot(runNs(3 * S), { ...view, tally })).toMatchObject({
    stage: 'measured',
    elapsedNs: 2.5 * S,
    askedPerS: 5,
    sentPerS: 2,
    outputTokensPerS: 100,
    queuedCount: 6,
    recentTtftP50Ns: 20,
    recentTtftP99Ns: 30,
    fluidityMeanIndex: 0.75,
    failedCountByCode: {},
  });
});

it('leaves undefined what is not known yet, and what a closed loop does not have', () => {
  const reporter = new ProgressReporter(
    { plannedCount: undefined, durationNs: undefined, isOpenLoop: false },
    runNs(0),
  );
  const snapshot = reporter.snapshot(runNs(0), {
    stage: 'preparing',
    measuredStartNs: undefined,
    tally: emptyTally(),
    recentTtftsNs: new RecentValues(8),
  });
  expect(snapshot).toMatchObject({
    elapsedNs: 0,
    plannedCount: undefined,
    askedPerS: undefined,
    sentPerS: 0,
    recentTtftP50Ns: undefined,
    fluidityMeanIndex: undefined,
  });
});
