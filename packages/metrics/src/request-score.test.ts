import { durationNs, NS_PER_MS } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { scoreRequest, type Deadlines } from './index.js';
import { streamOf, timingsOf } from './testing/timings.js';

const msDeadlines = (ttftMs: number, tbtMs: number): Deadlines => ({
  ttftDeadlineNs: durationNs(ttftMs * NS_PER_MS),
  tbtDeadlineNs: durationNs(tbtMs * NS_PER_MS),
});

const repeat = (valueMs: number, times: number): number[] => Array.from({ length: times }, () => valueMs);

describe('scoreRequest: the published table', () => {
  it.each<[string, number[], Deadlines, number, number, number, number]>([
    ['80, then 20 x 20', [80, ...repeat(20, 20)], msDeadlines(100, 25), 0, 21, 1, 1],
    [
      '80, 20 x 9, 1000, 20 x 10',
      [80, ...repeat(20, 9), 1000, ...repeat(20, 10)],
      msDeadlines(100, 25),
      37,
      57,
      0.350877,
      0.952381,
    ],
    [
      '80, 20 x 99, 1000, 20 x 10',
      [80, ...repeat(20, 99), 1000, ...repeat(20, 10)],
      msDeadlines(100, 25),
      19,
      129,
      0.852713,
      0.990991,
    ],
    ['50, 150, 50', [50, 150, 50], msDeadlines(50, 50), 3, 5, 0.4, 0.666667],
    ['1100, 20 x 10', [1100, ...repeat(20, 10)], msDeadlines(100, 30), 34, 44, 0.227273, 0.909091],
    ['25, 25.25 x 99', [25, ...repeat(25.25, 99)], msDeadlines(25, 25), 99, 100, 0.01, 0.01],
    [
      '(100, 0, 0, 0) x 5, slow deadlines',
      Array.from({ length: 5 }, () => [100, 0, 0, 0]).flat(),
      msDeadlines(100, 25),
      0,
      20,
      1,
      1,
    ],
    [
      '(100, 0, 0, 0) x 5, one pace',
      Array.from({ length: 5 }, () => [100, 0, 0, 0]).flat(),
      msDeadlines(25, 25),
      4,
      23,
      0.826087,
      0.95,
    ],
  ])('%s', (_row, gapsMs, deadlines, missed, total, fluidityIndex, tokenFluidityIndex) => {
    const score = scoreRequest(streamOf(gapsMs.map((gapMs) => gapMs * NS_PER_MS)), deadlines);
    expect(score.missedDeadlinesCount).toBe(missed);
    expect(score.totalDeadlinesCount).toBe(total);
    expect(score.fluidityIndex).toBeCloseTo(fluidityIndex, 6);
    expect(score.tokenFluidityIndex).toBeCloseTo(tokenFluidityIndex, 6);
  });
});

describe('scoreRequest: conventional metrics', () => {
  const deadlines = msDeadlines(1_000, 50);

  it('takes latencies from the first and last token, in whole nanoseconds', () => {
    const score = scoreRequest(
      timingsOf(
        [
          [5, 0],
          [95, 1],
          [10, 2],
          [11, 1],
          [9, 0],
        ],
        1_000,
      ),
      deadlines,
    );
    expect(score).toMatchObject({
      outputTokens: 4,
      ttftNs: 100,
      tpotMeanNs: 7, // 21 / 3
      endToEndNs: 121,
      normalizedLatencyNs: 30, // 121 / 4 = 30.25
      outputTokensPerS: (4 / 121) * 1e9,
    });
  });

  it.each([
    [2, 3], // 5 / 2 = 2.5 rounds up
    [3, 2], // 5 / 3 = 1.67
  ])('rounds the mean over %d gaps to the nearest nanosecond', (gapsCount, expectedNs) => {
    const gapsNs = [10, ...Array.from({ length: gapsCount }, (_, index) => (index === 0 ? 5 : 0))];
    expect(scoreRequest(streamOf(gapsNs), deadlines).tpotMeanNs).toBe(expectedNs);
  });

  it('leaves everything undefined without tokens, zeros included', () => {
    for (const timings of [
      timingsOf([]),
      timingsOf([
        [10, 0],
        [20, 0],
      ]),
    ]) {
      const { outputTokens, ...rest } = scoreRequest(timings, deadlines);
      expect(outputTokens).toBe(0);
      expect(Object.values(rest).every((value) => value === undefined)).toBe(true);
      expect(Object.keys(rest)).toHaveLength(11);
    }
  });

  it('leaves decode metrics undefined for one token', () => {
    expect(scoreRequest(streamOf([70]), deadlines)).toMatchObject({
      ttftNs: 70,
      fluidityIndex: 1,
      tokenFluidityIndex: 1,
      tpotMeanNs: undefined,
      decodeFluidityIndex: undefined,
      minTbtDeadlineNs: undefined,
    });
  });

  it('has no rate for tokens that took no time', () => {
    expect(scoreRequest(timingsOf([[0, 3]]), deadlines)).toMatchObject({
      outputTokensPerS: undefined,
      endToEndNs: 0,
      tpotMeanNs: 0,
    });
  });
});

describe('scoreRequest: decode-only index', () => {
  it('shows the stall that the slack of an early first token hides', () => {
    const timings = streamOf([10, 60, 20, 20].map((gapMs) => gapMs * NS_PER_MS));
    const score = scoreRequest(timings, msDeadlines(100, 25));
    expect(score.fluidityIndex).toBe(1);
    expect(score.decodeFluidityIndex).toBe(0.5); // 60 against 25: 2 missed, then 2 in time
  });

  it('takes the other tokens of the first chunk as decode tokens with gap 0', () => {
    const score = scoreRequest(
      timingsOf([
        [10, 3],
        [75, 1],
      ]),
      msDeadlines(1, 1),
    );
    expect(score.decodeFluidityIndex).toBe(1);
    const short: Deadlines = { ttftDeadlineNs: durationNs(10), tbtDeadlineNs: durationNs(24) };
    // Two tokens of gap 0 leave 48 of slack: due at 72, came at 75.
    expect(
      scoreRequest(
        timingsOf([
          [10, 3],
          [75, 1],
        ]),
        short,
      ).decodeFluidityIndex,
    ).toBeCloseTo(2 / 3);
  });
});
