import { UsageError } from '@fluidscope/errors';
import { DEFAULT_DEADLINES, scoreRequest, tokenGaps } from '@fluidscope/metrics';
import { describe, expect, it } from 'vitest';
import { importTimings, type ImportedRequest, type TimingFormat } from './index.js';
import { fixture } from './testing/fixture.js';

const MS = 1_000_000;

function gapsOf(request: ImportedRequest | undefined): number[] {
  return request?.status === 'ok' ? [...tokenGaps(request.timings)] : [];
}

function problemOf(text: string, format?: TimingFormat): { message: string; hint: string | undefined } {
  try {
    importTimings(text, format === undefined ? {} : { format });
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    expect(thrown.problems).toHaveLength(1);
    return { message: thrown.message, hint: thrown.hint };
  }
  throw new Error('expected an error');
}

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

describe('aiperf', () => {
  const imported = importTimings(fixture('profile_export.jsonl'));

  it('reads TTFT and the waits between chunks in their units', () => {
    expect(imported.format).toBe('aiperf');
    expect(imported.requests[1]).toMatchObject({
      requestId: '11111111-aaaa-4bbb-8ccc-000000000001',
      promptTokens: 550,
      status: 'ok',
    });
    expect(gapsOf(imported.requests[1])).toEqual([200_500_000, 4_898_437, 5_316_006, 29_285_557]);
  });

  it('keeps warm-up, failures and records with means alone apart', () => {
    expect(
      imported.requests.map((request) =>
        request.status === 'ok' ? 'ok' : `${request.status}: ${request.reason}`,
      ),
    ).toEqual([
      'unscored: warm-up',
      'ok',
      'ok',
      'error: RequestCancellationError: Request was cancelled after 0.010 seconds',
      'unscored: no inter_chunk_latency: means cannot tell when each token came',
    ]);
  });

  it('takes the run from the first send to the last end of what was measured', () => {
    expect(imported.durationNs).toBe(900 * MS);
  });

  it('warns of what the file cannot say', () => {
    expect(imported.warnings).toEqual([
      expect.stringMatching(/^1 of 5 requests have another number of tokens/),
      expect.stringMatching(/^1 of 5 requests hold no inter_chunk_latency/),
    ]);
  });

  const record = (metrics: object, metadata: object = {}): string =>
    JSON.stringify({ metadata: { session_num: 3, ...metadata }, metrics, error: null });

  it('takes a single token without gaps as whole', () => {
    const text = record({
      time_to_first_token: { value: 1_500, unit: 'us' },
      output_sequence_length: { value: 1, unit: 'tokens' },
    });
    const { requests } = importTimings(text);
    expect(requests).toMatchObject([{ requestId: '3', status: 'ok' }]);
    expect(gapsOf(requests[0])).toEqual([1_500_000]);
  });

  it('takes a cancelled request without an error as failed', () => {
    expect(importTimings(record({}, { was_cancelled: true })).requests).toMatchObject([
      { status: 'error', reason: 'cancelled' },
    ]);
  });

  const ttft = { value: 1, unit: 'ms' };

  it.each<[string, object, string]>([
    [
      'another unit',
      { time_to_first_token: { value: 1, unit: 'parsecs' } },
      'Expected a unit of time (ns, us, ms, s) for metrics.time_to_first_token.unit at line 1 but received "parsecs"',
    ],
    [
      'no number',
      { time_to_first_token: { value: 'x', unit: 'ms' } },
      'Expected a time of 0 or more for metrics.time_to_first_token.value at line 1 but received "x"',
    ],
    [
      'one wait in place of a list',
      { time_to_first_token: ttft, inter_chunk_latency: { value: 5, unit: 'ms' } },
      'Expected a list of times for metrics.inter_chunk_latency.value at line 1 but received 5',
    ],
    [
      'a negative wait',
      { time_to_first_token: ttft, inter_chunk_latency: { value: [5, -5], unit: 'ms' } },
      'Expected a time of 0 or more for metrics.inter_chunk_latency.value[1] at line 1 but received -5',
    ],
    [
      'a sum past 104 days',
      { time_to_first_token: { value: 9e6, unit: 's' }, inter_chunk_latency: { value: [9e6], unit: 's' } },
      'Expected times that add up to less than 104 days for metrics.inter_chunk_latency at line 1 but received [9000000]',
    ],
    [
      'a bare metric',
      { time_to_first_token: 5 },
      'Expected a value with its unit for metrics.time_to_first_token at line 1 but received 5',
    ],
  ])('names the line and path of %s', (_case, metrics, message) => {
    expect(problemOf(record(metrics)).message).toBe(message);
  });
});

describe('telling formats apart', () => {
  it.each<[string, TimingFormat]>([
    ['timings.jsonl', 'jsonl'],
    ['request_level_metrics.json', 'etalon'],
    ['vllm-detailed.json', 'vllm'],
    ['profile_export.jsonl', 'aiperf'],
  ])('%s is %s, asked for or not, and is refused as anything else', (name, format) => {
    expect(importTimings(fixture(name)).format).toBe(format);
    expect(importTimings(fixture(name), { format }).format).toBe(format);
    for (const other of ['jsonl', 'etalon', 'vllm', 'aiperf'] as const) {
      if (other === format) continue;
      const { message, hint } = problemOf(fixture(name), other);
      expect(message).toMatch(
        `Expected the format ${other} for the first record at line 1 but received an object with`,
      );
      expect(hint).toBe(`It looks like ${format}: try --format ${format}.`);
    }
  });

  it.each<[string, string, RegExp]>([
    ['vLLM’s result without --save-detailed', '{"mean_ttft_ms": 1, "completed": 3}', /--save-detailed/],
    ['AIPerf’s summary', '{"input_config": {}, "time_to_first_token": {"avg": 1}}', /profile_export\.jsonl/],
    ['AIPerf’s raw export', '{"metadata": {}, "start_perf_ns": 1}', /profile_export\.jsonl/],
    ['an object of nobody', '{"a": 1}', /--format/],
  ])('says what to do with %s', (_case, text, hint) => {
    const problem = problemOf(text);
    expect(problem.message).toMatch(
      /^Expected token timings \(jsonl, etalon, vllm, aiperf\) for the first record at line 1/,
    );
    expect(problem.hint).toMatch(hint);
  });

  it('says what a record of nobody lacks once its format is given', () => {
    expect(problemOf('{"a": 1}', 'vllm').message).toBe(
      'Expected a list of seconds, one a request (from --save-detailed) for ttfts but received nothing',
    );
    expect(problemOf('{"mean_ttft_ms": 1}', 'vllm').hint).toMatch(/--save-detailed/);
  });

  it.each([
    ['CSV', 'request_id,ttft\na,1\n', 'Expected JSON for column 1 at line 1 but received "request_id,ttft"'],
    [
      'bytes that are no text',
      '\u001f\ufffd\b\u0000',
      'Expected JSON for column 1 at line 1 but received "\\u001f\ufffd\\b\\u0000"',
    ],
    ['an open brace', '{', 'Expected JSON for column 2 at line 1 but received nothing'],
    [
      'a list',
      '[]',
      'Expected token timings (jsonl, etalon, vllm, aiperf) for the first record at line 1 but received []',
    ],
  ])('names the place of %s', (_case, text, message) => {
    expect(problemOf(text).message).toBe(message);
  });
});
