import { describe, expect, it } from 'vitest';
import { importTimings } from './index.js';
import { fixture } from './testing/fixture.js';
import { MS, gapsOf, problemOf } from './testing/import-checks.js';

describe('vllm', () => {
  const imported = importTimings(fixture('vllm-detailed.json'));

  it('reads a pretty-printed document, one gap a chunk', () => {
    expect(imported).toMatchObject({ format: 'vllm', durationNs: 2_500 * MS });
    expect(gapsOf(imported.requests[0])).toEqual([81_234_568, 20 * MS, 20.4 * MS]);
    expect(imported.requests[0]).toMatchObject({ requestId: '0', promptTokens: 128, status: 'ok' });
  });

  it('keeps failures apart, with the last line of what happened', () => {
    expect(imported.requests.slice(3)).toEqual([
      { requestId: '3', promptTokens: 128, status: 'error', reason: 'Service Unavailable' },
      {
        requestId: '4',
        promptTokens: 128,
        status: 'error',
        reason: 'aiohttp.client_exceptions.ClientPayloadError: Response payload is not completed',
      },
    ]);
  });

  it('knows a failure without an error text by what did not come', () => {
    const doc = { ttfts: [0, 0.1], itls: [[], []], output_lens: [0, 0] };
    expect(importTimings(JSON.stringify(doc)).requests).toMatchObject([
      { status: 'error', reason: 'no first token' },
      { status: 'error', reason: 'no output token' },
    ]);
  });

  it('warns where chunks and tokens differ', () => {
    expect(imported.warnings).toEqual([
      expect.stringMatching(/^1 of 5 requests got more tokens \(output_lens\) than chunks/),
      expect.stringMatching(/^1 of 5 requests got more chunks \(itls\) than tokens/),
    ]);
  });

  it.each<[string, object, string]>([
    ['no gaps', { itls: [0.1] }, 'Expected a list of seconds for itls[0] but received 0.1'],
    ['a null gap', { itls: [[null]] }, 'Expected seconds of 0 or more for itls[0][0] but received null'],
    [
      'lists of other lengths',
      { errors: ['', ''] },
      'Expected 1 entries, as in ttfts, for errors but received ["",""]',
    ],
    [
      'a sum past 104 days',
      { itls: [[9e6]], ttfts: [9e6] },
      'Expected times that add up to less than 104 days for itls[0] but received [9000000]',
    ],
  ])('names the path of %s', (_case, fields, message) => {
    const text = JSON.stringify({ ttfts: [0.1], itls: [[0.1]], output_lens: [2], ...fields });
    expect(problemOf(text).message).toBe(message);
  });

  it('names the line of broken JSON in a pretty-printed document', () => {
    const broken = fixture('vllm-detailed.json').replace('"burstiness": 1.0,', '\n\n"burstiness": oops,');
    expect(problemOf(broken).message).toBe('Expected JSON for column 15 at line 12 but received "oops,"');
  });

  it('refuses several results in one file', () => {
    const line = JSON.stringify({ ttfts: [0.1], itls: [[0.1]], output_lens: [2] });
    expect(problemOf(`${line}\n${line}\n`)).toEqual({
      message:
        'Expected the end of the file for what follows the first result at line 2 but received an object with ttfts, itls, output_lens',
      hint: 'The file holds several results: score each line as a file of its own.',
    });
  });
});
