import { describe, expect, it } from 'vitest';
import { importTimings } from './index.js';
import { fixture } from './testing/fixture.js';
import { MS, gapsOf, problemOf } from './testing/import-checks.js';

describe('jsonl', () => {
  const imported = importTimings(fixture('timings.jsonl'));

  it('reads every request, past blank lines and unknown fields', () => {
    expect(imported).toMatchObject({ format: 'jsonl', durationNs: 370 * MS, warnings: [] });
    expect(
      imported.requests.map(({ requestId, status, promptTokens }) => [requestId, status, promptTokens]),
    ).toEqual([
      ['a', 'ok', 512],
      ['b', 'ok', undefined],
      ['silent', 'ok', undefined],
    ]);
  });

  it('keeps times, counts and chunks without tokens', () => {
    expect(gapsOf(imported.requests[0])).toEqual([80 * MS, 20 * MS, 20 * MS, 0]);
    expect(gapsOf(imported.requests[1])).toEqual([120 * MS, 200 * MS]);
    expect(gapsOf(imported.requests[2])).toEqual([]);
  });

  it('takes lines as well as text, with carriage returns and a byte order mark', () => {
    const lines = fixture('timings.jsonl').split('\n');
    expect(importTimings(lines)).toEqual(imported);
    expect(importTimings(`\uFEFF${lines.join('\r\n')}`)).toEqual(imported);
  });

  it('has no requests in a file without records', () => {
    for (const text of ['', '\n \n']) {
      expect(importTimings(text)).toEqual({
        format: 'jsonl',
        requests: [],
        durationNs: undefined,
        warnings: [],
      });
    }
    expect(importTimings('', { format: 'vllm' }).format).toBe('vllm');
  });

  const record = (fields: object): string =>
    JSON.stringify({ request_id: 'a', send_ns: 10, chunks: [], ...fields });

  it.each<[string, string, string]>([
    ['another type', record({ request_id: 7 }), 'Expected a text for request_id at line 2 but received 7'],
    [
      'a missing field',
      record({ send_ns: undefined }),
      'Expected whole nanoseconds below 2^53 for send_ns at line 2 but received nothing',
    ],
    [
      'a fraction',
      record({ send_ns: 1.5 }),
      'Expected whole nanoseconds below 2^53 for send_ns at line 2 but received 1.5',
    ],
    [
      'negative tokens',
      record({ prompt_tokens: -1 }),
      'Expected a whole number of tokens for prompt_tokens at line 2 but received -1',
    ],
    [
      'chunks of another kind',
      record({ chunks: 'x' }),
      'Expected a list of [arrival_ns, token_count] for chunks at line 2 but received "x"',
    ],
    [
      'a bare arrival',
      record({ chunks: [[11, 1], 12] }),
      'Expected a pair [arrival_ns, token_count] for chunks[1] at line 2 but received 12',
    ],
    [
      'a triple',
      record({ chunks: [[11, 1, 2]] }),
      'Expected a pair [arrival_ns, token_count] for chunks[0] at line 2 but received [11,1,2]',
    ],
    [
      'an arrival before the send',
      record({ chunks: [[9, 1]] }),
      'Expected whole nanoseconds below 2^53, at or after send_ns (10), for chunks[0][0] at line 2 but received 9',
    ],
    [
      'arrivals out of order',
      record({
        chunks: [
          [20, 1],
          [19, 1],
        ],
      }),
      'Expected whole nanoseconds below 2^53, at or after chunks[0][0] (20), for chunks[1][0] at line 2 but received 19',
    ],
    [
      'half a token',
      record({ chunks: [[20, 0.5]] }),
      'Expected a whole number of tokens for chunks[0][1] at line 2 but received 0.5',
    ],
    [
      'more tokens than a chunk can have',
      record({ chunks: [[20, 2 ** 32]] }),
      'Expected a whole number of tokens for chunks[0][1] at line 2 but received 4294967296',
    ],
    [
      'no object',
      '7',
      'Expected an object with request_id, send_ns and chunks for the record at line 2 but received 7',
    ],
    ['no JSON', '{"request_id": "b", send', 'Expected JSON for column 21 at line 2 but received "send"'],
    ['half a record', '{"request_id": "b"', 'Expected JSON for column 19 at line 2 but received nothing'],
  ])('names the line of %s', (_case, line, message) => {
    expect(problemOf(`${record({})}\n${line}\n`).message).toBe(message);
  });

  it('refuses token counts that would fill the memory', () => {
    const { message, hint } = problemOf(`${record({})}\n${record({ chunks: [[20, 4_000_000_000]] })}`);
    expect(message).toBe(
      'Expected at most 134217728 tokens for the file up to its chunks at line 2 but received 4000000000',
    );
    expect(hint).toMatch(/swapped/);
  });

  it('says what to do about wall-clock nanoseconds, which a double cannot hold', () => {
    expect(problemOf(record({ chunks: [[1_767_000_000_000_000_000, 1]] })).hint).toMatch(
      /Subtract one origin/,
    );
  });

  it('says what to do about NaN', () => {
    expect(problemOf('{"request_id": "a", "send_ns": NaN}', 'jsonl').hint).toMatch(/not JSON/);
  });
});
