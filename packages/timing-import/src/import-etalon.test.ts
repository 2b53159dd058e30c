import { DEFAULT_DEADLINES, scoreRequest } from '@fluidscope/metrics';
import { describe, expect, it } from 'vitest';
import { importTimings } from './index.js';
import { fixture } from './testing/fixture.js';
import { MS, gapsOf, problemOf } from './testing/import-checks.js';

describe('etalon', () => {
  const imported = importTimings(fixture('request_level_metrics.json'));

  it('reads seconds as exact nanoseconds, one gap a token', () => {
    expect(imported).toMatchObject({ format: 'etalon', durationNs: undefined, warnings: [] });
    expect(gapsOf(imported.requests[0])).toEqual([150 * MS, 50 * MS, 50 * MS, 50 * MS]);
    expect(gapsOf(imported.requests[1])).toEqual([300_000_001, 150 * MS]); // 0.3000000005 s
    expect(imported.requests[1]).toMatchObject({ requestId: '1', promptTokens: 300 });
  });

  it('counts the miss that floats lose at an exact multiple', () => {
    const [, second] = imported.requests;
    if (second?.status !== 'ok') throw new Error('expected timings');
    const score = scoreRequest(second.timings, {
      ...DEFAULT_DEADLINES,
      ttftDeadlineNs: DEFAULT_DEADLINES.tbtDeadlineNs,
    });
    expect(score.missedDeadlinesCount).toBe(6 + 3); // 250,000,001 late: 6; 150 after a restart against 50: 3
  });

  it('does not score a request without tokens, and says why', () => {
    expect(imported.requests[2]).toEqual({
      requestId: '2',
      promptTokens: 128,
      status: 'unscored',
      reason: 'no output token; the file does not say whether it failed',
    });
  });

  it('warns of the begin-of-text token and of counts that differ', () => {
    const doc = { ttft: [0.1, 0.2], tbt: [[0, 0.05], [0]], num_output_tokens: [3, 5] };
    expect(importTimings(JSON.stringify(doc)).warnings).toEqual([
      expect.stringMatching(/^1 of 2 requests have another number of gaps/),
      expect.stringMatching(/begin-of-text token/),
    ]);
  });

  const document = (fields: object): string =>
    JSON.stringify({ ttft: [0.1], tbt: [[0.05]], num_output_tokens: [2], ...fields });

  it.each<[string, string, string]>([
    [
      'a negative time',
      document({ tbt: [[0.05, -1]] }),
      'Expected seconds of 0 or more for tbt[0][1] but received -1',
    ],
    ['no time', document({ ttft: ['x'] }), 'Expected seconds of 0 or more for ttft[0] but received "x"'],
    ['a flat list', document({ tbt: [0.05] }), 'Expected a list of seconds for tbt[0] but received 0.05'],
    [
      'a short list',
      document({ num_output_tokens: [] }),
      'Expected 1 entries, as in ttft, for num_output_tokens but received []',
    ],
    [
      'a lost list',
      document({ num_output_tokens: undefined }),
      'Expected a list of token counts for num_output_tokens but received nothing',
    ],
    [
      'a sum past 104 days',
      document({ tbt: [[9e6, 9e6]] }),
      'Expected times that add up to less than 104 days for tbt[0] but received [9000000,9000000]',
    ],
  ])('names the path of %s', (_case, text, message) => {
    expect(problemOf(text).message).toBe(message);
  });
});
