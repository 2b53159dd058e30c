import { describe, expect, it } from 'vitest';
import { importTimings } from './index.js';
import { fixture } from './testing/fixture.js';
import { MS, gapsOf, problemOf } from './testing/import-checks.js';

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
