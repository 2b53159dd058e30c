import { describe, expect, it } from 'vitest';
import { importTimings, type TimingFormat } from './index.js';
import { fixture } from './testing/fixture.js';
import { problemOf } from './testing/import-checks.js';

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
