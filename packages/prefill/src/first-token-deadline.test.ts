import { durationNs } from '@fluidscope/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { believedRange, firstTokenDeadline, type FirstTokenDeadlines } from './first-token-deadline.js';
import { CURVE } from './testing/points.js';
import { DEFAULT_TTFT_SLACK_TEXT, formatTtftSlack, parseTtftSlack } from './ttft-slack.js';

const RULE: FirstTokenDeadlines = {
  curve: CURVE,
  ...believedRange({ shortestTokens: 256, longestTokens: 8_192 }),
  slack: { slackNs: durationNs(200e6), slackRatio: 0.25 },
};
const FLAT = durationNs(1e9);

describe('a first-token deadline', () => {
  it('is the prediction and the slack', () => {
    const predictedNs = 8e6 + 1_000 * 21_000 + 1_000 ** 2 * 0.65;
    expect(firstTokenDeadline(RULE, 1_000, FLAT)).toEqual({
      ttftDeadlineNs: Math.round(1.25 * predictedNs + 200e6),
      source: 'prefill_profile',
    });
  });

  it.each([
    [205, 'prefill_profile'],
    [204, 'nearest_end'],
    [10_240, 'prefill_profile'],
    [10_241, 'nearest_end'],
    [1_000_000, 'nearest_end'],
  ] as const)('of %i tokens comes from %s', (promptTokens, source) => {
    expect(firstTokenDeadline(RULE, promptTokens, FLAT).source).toBe(source);
  });

  it('is the flat one for a prompt of unknown length, and says so', () => {
    expect(firstTokenDeadline(RULE, undefined, FLAT)).toEqual({
      ttftDeadlineNs: FLAT,
      source: 'no_prompt_length',
    });
  });

  it('never falls as the prompt grows, and stays put beyond the range', () => {
    fc.assert(
      fc.property(fc.nat(300_000), fc.nat(300_000), (a, b) => {
        const [shorter, longer] = [Math.min(a, b), Math.max(a, b)];
        const [first, second] = [shorter, longer].map((tokens) => firstTokenDeadline(RULE, tokens, FLAT));
        expect(first?.ttftDeadlineNs).toBeLessThanOrEqual(second?.ttftDeadlineNs ?? NaN);
      }),
    );
    expect(firstTokenDeadline(RULE, 10_241, FLAT).ttftDeadlineNs).toBe(
      firstTokenDeadline(RULE, 10_240, FLAT).ttftDeadlineNs,
    );
  });
});

it('believes a curve no further than a reach of 1 or more', () => {
  expect(believedRange({ shortestTokens: 256, longestTokens: 1_024 }, 1)).toEqual({
    fromTokens: 256,
    toTokens: 1_024,
  });
  expect(() => believedRange({ shortestTokens: 1, longestTokens: 2 }, 0.9)).toThrow(RangeError);
});

describe('the slack', () => {
  it.each([
    ['300ms', 300e6, 0],
    ['50%', 0, 0.5],
    ['200ms+25%', 200e6, 0.25],
    ['25% + 0.2s', 200e6, 0.25],
    ['0%', 0, 0],
  ])('reads %s', (text, slackNs, slackRatio) => {
    expect(parseTtftSlack(text)).toEqual({ slackNs, slackRatio });
  });

  it.each(['', '200', '25', '-5%', '200ms+', 'a lot', '1ms-2%'])('refuses "%s"', (text) => {
    expect(parseTtftSlack(text)).toEqual({
      problem: expect.stringContaining('expected a time, a percentage') as string,
    });
  });

  it('is told as it reads', () => {
    const slack = parseTtftSlack(DEFAULT_TTFT_SLACK_TEXT);
    expect('problem' in slack ? '' : formatTtftSlack(slack)).toBe('25 % + 200 ms');
    expect(formatTtftSlack({ slackNs: durationNs(0), slackRatio: 0 })).toBe('nothing');
  });
});
