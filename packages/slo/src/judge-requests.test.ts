import { durationNs, NS_PER_S } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { goodput, judgeRequests, meetsTerms, parseRequestTerms, type RequestTerm } from './index.js';
import { FAILED, outcomeOf } from './testing/outcomes.js';

function terms(text: string): readonly RequestTerm[] {
  const read = parseRequestTerms([text]);
  if ('problems' in read) throw new Error(read.problems.join());
  return read;
}

describe('meetsTerms', () => {
  it.each([
    ['ttft:100ms', true],
    ['ttft:99ms', false],
    ['tpot:10ms', true],
    ['tpot:9ms', false],
    ['e2e:190ms', true],
    ['e2e:189ms', false],
    ['fluidity:1', true],
    ['ttft:100ms tpot:9ms', false],
    ['tbt:30ms', true],
    ['tbt:29ms', false],
  ])('%s: %s', (text, met) => {
    expect(meetsTerms(outcomeOf({}, { tbtNs: Float64Array.of(1e6, 30e6, 0) }), terms(text))).toBe(met);
  });

  it('holds a fluidity-index to its floor', () => {
    expect(meetsTerms(outcomeOf({ fluidityIndex: 0.9 }), terms('fluidity:0.9'))).toBe(true);
    expect(meetsTerms(outcomeOf({ fluidityIndex: 0.9 }), terms('fluidity:0.91'))).toBe(false);
  });

  it('is not met by a failed request or one without tokens, and a term without a value is', () => {
    expect(meetsTerms(FAILED, terms('ttft:1s'))).toBe(false);
    expect(meetsTerms(outcomeOf({ outputTokens: 0, ttftNs: undefined }), terms('ttft:1s'))).toBe(false);
    expect(meetsTerms(outcomeOf({ outputTokens: 1, tpotMeanNs: undefined }), terms('tpot:0ms tbt:0ms'))).toBe(
      true,
    );
  });
});

it('lets a request’s own terms stand in for those of the same metric', () => {
  const own = outcomeOf({}, { ownTerms: terms('ttft:90ms') });
  const looser = outcomeOf({ endToEndNs: durationNs(3 * NS_PER_S) }, { ownTerms: terms('e2e:5s') });
  expect([...judgeRequests(terms('ttft:200ms e2e:1s'), [own, looser, FAILED])]).toEqual([0, 1, 0]);
  expect([...judgeRequests([], [own, outcomeOf()])]).toEqual([0, 1]);
});

describe('goodput', () => {
  it('counts the requests that meet it, a second, over all that ended', () => {
    const outcomes = [outcomeOf(), FAILED, outcomeOf({ ttftNs: durationNs(NS_PER_S) }), outcomeOf()];
    expect(goodput(terms('ttft:100ms'), outcomes, durationNs(4 * NS_PER_S))).toEqual({
      metCount: 2,
      requestsCount: 4,
      ownTermsCount: 0,
      requestsPerS: 0.5,
    });
  });

  it('judges the requests with terms of their own by those, and alone where the run has none', () => {
    const strict = outcomeOf({}, { ownTerms: terms('ttft:90ms') });
    const loose = outcomeOf({}, { ownTerms: terms('ttft:5s') });
    const failed = { ...FAILED, ownTerms: terms('ttft:5s') };
    const outcomes = [outcomeOf(), strict, loose, failed];
    expect(goodput(terms('ttft:99ms'), outcomes, durationNs(NS_PER_S))).toEqual({
      metCount: 1,
      requestsCount: 4,
      ownTermsCount: 3,
      requestsPerS: 1,
    });
    expect(goodput([], outcomes, durationNs(NS_PER_S))).toEqual({
      metCount: 1,
      requestsCount: 3,
      ownTermsCount: 3,
      requestsPerS: 1,
    });
  });

  it('is undefined without a term, and has no rate without time', () => {
    expect(goodput([], [outcomeOf()], durationNs(1))).toBeUndefined();
    expect(goodput(terms('ttft:1s'), [outcomeOf()], durationNs(0))?.requestsPerS).toBeUndefined();
    expect(goodput([], [outcomeOf({}, { ownTerms: terms('ttft:1s') })], undefined)?.metCount).toBe(1);
  });
});
