import { durationNs } from '@fluidscope/units';
import { expect, it } from 'vitest';
import { scoreRequest, scoreRun, type Deadlines } from './index.js';
import { streamOf, timingsOf } from './testing/timings.js';

const deadlines: Deadlines = { ttftDeadlineNs: durationNs(100), tbtDeadlineNs: durationNs(25) };

it('pools gaps over the run and takes one value a request for the rest', () => {
  const streams = [
    streamOf([80, 20, 30]),
    timingsOf([
      [120, 2],
      [10, 0],
      [30, 1],
    ]),
    timingsOf([]),
    streamOf([50]),
  ];
  const run = scoreRun(streams.map((timings) => ({ timings, score: scoreRequest(timings, deadlines) })));
  expect(run).toMatchObject({
    requestsCount: 4,
    outputTokens: 7,
    missedDeadlinesCount: 1, // the second stream's first token, 20 late
    totalDeadlinesCount: 7,
    tbtNs: { count: 4, mean: 22.5, max: 40 }, // 20, 30, 0, 40
    interChunkNs: { count: 3, mean: 30 }, // 20, 30, 40
    ttftNs: { count: 3, min: 50, max: 120 },
    tpotMeanNs: { count: 2, min: 20, max: 25 },
    endToEndNs: { count: 3, max: 160 },
    decodeFluidityIndex: { count: 2 },
    minTbtDeadlineNs: { count: 2, min: 20, max: 25 },
    fluidTokenGenerationRate: { deadlineNs: 25, tokensPerS: 4e7 },
  });
});

it('has no distribution of what nobody measured', () => {
  expect(scoreRun([])).toMatchObject({
    requestsCount: 0,
    outputTokens: 0,
    ttftNs: undefined,
    tbtNs: undefined,
    fluidityIndex: undefined,
    fluidTokenGenerationRate: undefined,
  });
});
