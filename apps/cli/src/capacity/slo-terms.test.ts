import { parseSlo, recordedRequestTerms, type RequestOutcome, type Slo } from '@fluidscope/slo';
import { durationNs } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { countedTerms, isGoodFor, type CountedTerm } from './slo-terms.js';

function termsOf(text: string): readonly CountedTerm[] {
  const slo = parseSlo([text]);
  if ('problems' in slo) throw new Error(slo.problems.join('; '));
  const terms = countedTerms(slo);
  if ('problem' in terms) throw new Error(terms.problem);
  return terms;
}

const ms = (value: number) => durationNs(value * 1e6);
const OK: RequestOutcome = {
  score: {
    outputTokens: 4,
    ttftNs: ms(150),
    tpotMeanNs: ms(20),
    endToEndNs: ms(210),
    fluidityIndex: 0.95,
    missedDeadlinesCount: 1,
    totalDeadlinesCount: 20,
  },
  tbtNs: Float64Array.of(10e6, 20e6, 30e6),
};
const FAILED: RequestOutcome = { score: undefined };

describe('terms as shares', () => {
  it.each([
    ['p99_ttft<=200ms', 0.99, [1, 1], [0, 1]],
    ['p90_ttft<=100ms', 0.9, [0, 1], [0, 1]],
    ['fluidity>=0.9@99%', 0.99, [1, 1], [0, 1]],
    ['error_rate<=1%', 0.99, [1, 1], [0, 1]],
    ['p95_tbt<=25ms', 0.95, [2, 3], [0, 1]],
    ['missed_deadlines<=2%', 0.98, [19, 20], [0, 0]],
  ] as const)('counts %s', (text, targetRatio, ok, failed) => {
    const [term] = termsOf(text);
    expect(term?.targetRatio).toBeCloseTo(targetRatio, 12);
    expect(term?.countOf(OK)).toEqual({ goodCount: ok[0], totalCount: ok[1] });
    expect(term?.countOf(FAILED)).toEqual({ goodCount: failed[0], totalCount: failed[1] });
  });

  it('refuses a rate, a share of all and an SLO without a term of a run, all at once', () => {
    const slo = parseSlo(['request_rate>=4 fluidity>=0.9@100%']) as Slo;
    expect(countedTerms(slo)).toMatchObject({
      problem: expect.stringMatching(/request_rate.*; .*below 100 %/) as string,
    });
    expect(countedTerms({ requestTerms: [], runTerms: [] })).toMatchObject({
      problem: expect.stringContaining('p99_ttft') as string,
    });
  });
});

describe('a request with terms of its own', () => {
  const own = (text: string): RequestOutcome => ({ ...OK, ownTerms: recordedRequestTerms(text) });

  it.each([
    ['ttft<=100ms@95%', OK, 0],
    ['ttft<=100ms@95%', own('ttft:200ms'), 1],
    ['ttft<=200ms@95%', own('ttft:100ms'), 0],
    ['ttft:100ms goodput>=95%', own('ttft:200ms'), 1],
    ['ttft:200ms goodput>=95%', own('e2e:100ms'), 0],
  ] as const)('is judged by them under %s', (text, outcome, goodCount) => {
    expect(termsOf(text)[0]?.countOf(outcome)).toEqual({ goodCount, totalCount: 1 });
    expect(isGoodFor(parseSlo([text]) as Slo, outcome)).toBe(goodCount === 1);
  });

  it('is held to a quantile of the run as every other', () => {
    expect(termsOf('p99_ttft<=100ms')[0]?.countOf(own('ttft:200ms'))).toEqual({
      goodCount: 0,
      totalCount: 1,
    });
  });
});
