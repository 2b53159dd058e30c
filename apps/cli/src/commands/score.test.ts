import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const fixtures = new URL('../../../../packages/timing-import/src/testing/fixtures/', import.meta.url);
const fixture = (name: string): string => fileURLToPath(new URL(name, fixtures));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-score-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(folder, `${Math.abs(text.length)}-${text.slice(0, 4).replace(/\W/g, '_')}.jsonl`);
  await writeFile(path, text);
  return path;
}

interface ScoreJson {
  readonly requests: Record<string, unknown>[];
  readonly [name: string]: unknown;
}

async function scoreJson(...args: string[]): Promise<ScoreJson> {
  const { status, stdout, stderr } = await runInMemory(['score', ...args, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) as string });
  return JSON.parse(stdout) as ScoreJson;
}

describe('score --json', () => {
  it('prints every request and the run', async () => {
    const result = await scoreJson(
      fixture('timings.jsonl'),
      '--ttft-deadline',
      '100ms',
      '--tbt-deadline',
      '25ms',
    );
    expect(result).toMatchObject({
      format: 'jsonl',
      ttft_deadline_ns: 100_000_000,
      tbt_deadline_ns: 25_000_000,
      ok_requests: 3,
      error_requests: 0,
      unscored_requests: 0,
      output_tokens: 6,
      duration_ns: 370_000_000,
      missed_deadlines: 9, // b: 120 against 100 is late by 20; 200 against 25 by 175, which is 8 deadlines
      total_deadlines: 13,
      fluidity_index: 4 / 13,
      // Decode alone: 20 ms suffice for a, 200 for b.
      fluid_token_generation_rate_per_s: 5,
      fluid_token_generation_deadline_ns: 200_000_000,
      ttft_ns: {
        count: 2,
        mean: 100_000_000,
        min: 80_000_000,
        max: 120_000_000,
        std: 20_000_000,
        p50: 100_000_000,
      },
      tbt_ns: { count: 4, max: 200_000_000 },
      inter_chunk_time_ns: { count: 3 },
      goodput: null,
      warnings: [],
    });
    expect(result.requests).toHaveLength(3);
    expect(result.requests[0]).toEqual({
      request_id: 'a',
      status: 'ok',
      reason: null,
      prompt_tokens: 512,
      output_tokens: 4,
      ttft_ns: 80_000_000,
      tpot_ns: 13_333_333,
      end_to_end_ns: 120_000_000,
      normalized_latency_ns: 30_000_000,
      output_tokens_per_s: (4 / 120_000_000) * 1e9,
      fluidity_index: 1,
      token_fluidity_index: 1,
      decode_fluidity_index: 1,
      missed_deadlines: 0,
      total_deadlines: 4,
      min_tbt_deadline_ns: 20_000_000,
    });
    expect(result.requests[2]).toMatchObject({
      request_id: 'silent',
      status: 'ok',
      output_tokens: 0,
      ttft_ns: null,
      fluidity_index: null,
      missed_deadlines: null,
      total_deadlines: null,
      min_tbt_deadline_ns: null,
    });
  });

  it('holds streams to 1 s and 50 ms when nothing is said', async () => {
    const result = await scoreJson(fixture('timings.jsonl'));
    expect(result).toMatchObject({
      ttft_deadline_ns: 1_000_000_000,
      tbt_deadline_ns: 50_000_000,
      fluidity_index: 1,
    });
  });

  it.each([
    ['request_level_metrics.json', 'etalon', 2, 0, 1],
    ['vllm-detailed.json', 'vllm', 3, 2, 0],
    ['profile_export.jsonl', 'aiperf', 2, 1, 2],
  ])('reads %s', async (name, format, ok, failed, unscored) => {
    for (const flags of [[], ['--format', format]]) {
      const result = await scoreJson(fixture(name), ...flags);
      expect(result).toMatchObject({
        format,
        ok_requests: ok,
        error_requests: failed,
        unscored_requests: unscored,
        fluid_token_generation_rate_per_s: expect.any(Number) as number,
      });
      expect(result.requests).toHaveLength(ok + failed + unscored);
    }
  });

  it('counts goodput over all requests that ended, a second where the file tells its length', async () => {
    const known = await scoreJson(fixture('vllm-detailed.json'), '--goodput', 'ttft:130ms');
    expect(known['goodput']).toEqual({ met_requests: 2, requests: 5, requests_per_s: 0.8 });
    const unknown = await scoreJson(fixture('request_level_metrics.json'), '--goodput', 'ttft:200ms');
    expect(unknown['goodput']).toEqual({ met_requests: 1, requests: 2, requests_per_s: null });
  });

  it('reads standard input, split anywhere', async () => {
    const line = '{"request_id": "é", "send_ns": 0, "chunks": [[5, 1], [9, 1]]}\n';
    const bytes = Buffer.from(line.repeat(3));
    const stdin = Readable.from(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)));
    const { status, stdout } = await runInMemory(['score', '-', '--json'], { stdin });
    expect(status).toBe(0);
    const { requests } = JSON.parse(stdout) as ScoreJson;
    expect(requests.map((request) => request['request_id'])).toEqual(['é', 'é', 'é']);
  });
});

describe('score for a terminal', () => {
  it('prints the verdict, the latencies in milliseconds and what is in no figure', async () => {
    const { status, stdout, stderr } = await runInMemory([
      'score',
      fixture('vllm-detailed.json'),
      '--goodput',
      'ttft:130ms',
    ]);
    expect(status).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Fluidity
        fluidity-index  1.0000  (0 of 9 deadlines missed; first token in 1.00 s, later ones 50.0 ms apart)
        per request     mean 1.0000, median 1.0000, worst 1.0000
        fluid rate      26.7 tokens/s  (99 % of requests reach 0.9 at 37.5 ms a token; Etalon's way 26.9)
        goodput         0.80/s  (2 of 5 requests met every term)

      Latency of 3 requests (vllm), from send
                                 count    mean     min     p50      p90      p95      p99    p99.9     max    std
      TTFT, ms                       3  135.41   81.23  125.00  ~185.00  ~192.50  ~198.50  ~199.85  200.00  49.04
      TBT per gap, ms                6   22.73    1.00   20.20   ~37.50   ~43.75   ~48.75   ~49.88   50.00  14.38
      Inter-chunk time, ms           6   22.73    1.00   20.20   ~37.50   ~43.75   ~48.75   ~49.88   50.00  14.38
      TPOT mean, ms                  3   22.73   10.50   20.20   ~34.04   ~35.77   ~37.15   ~37.47   37.50  11.17
      End to end, ms                 3  180.88  121.63  200.00  ~216.80  ~218.90  ~220.58  ~220.96  221.00  42.76
      Normalized latency, ms         3   60.29   40.54   66.67   ~72.27   ~72.97   ~73.53   ~73.65   73.67  14.25
      Smallest TBT deadline, ms      3   22.73   10.50   20.20   ~34.04   ~35.77   ~37.15   ~37.47   37.50  11.17
      Fluidity-index                 3   1.000   1.000   1.000   ~1.000   ~1.000   ~1.000   ~1.000   1.000  0.000
      Fluidity-index, tokens         3   1.000   1.000   1.000   ~1.000   ~1.000   ~1.000   ~1.000   1.000  0.000
      Fluidity-index, decode         3   1.000   1.000   1.000   ~1.000   ~1.000   ~1.000   ~1.000   1.000  0.000
      ~ less than one value lies beyond this percentile

      In no figure above
        1 failed: Service Unavailable
        1 failed: aiohttp.client_exceptions.ClientPayloadError: Response payload is not completed
      "
    `);
    expect(stderr).toMatch(/^warning: 1 of 5 requests got more tokens/);
  });

  it('prints no warnings when told to be quiet', async () => {
    const { stderr } = await runInMemory(['score', fixture('vllm-detailed.json'), '--quiet']);
    expect(stderr).toBe('');
  });

  it('has help with examples of every format', async () => {
    const { status, stdout } = await runInMemory(['score', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('default: 1s');
    expect(stdout).toContain('default: 50ms');
    for (const format of ['jsonl', 'etalon', 'vllm', 'aiperf'])
      expect(stdout).toMatch(new RegExp(`^ {2}${format} `, 'm'));
  });
});

describe('score: what goes wrong', () => {
  it.each<[string, string[], string]>([
    ['a bare number', ['--tbt-deadline', '25'], '--tbt-deadline: expected a time with its unit'],
    [
      'a deadline of nothing',
      ['--ttft-deadline', '0ms'],
      '--ttft-deadline: expected a time above 0 but received "0ms"',
    ],
    [
      'another format',
      ['--format', 'csv'],
      '--format: expected one of jsonl, etalon, vllm, aiperf but received "csv"',
    ],
    ['a wrong SLO', ['--goodput', 'ttft:200'], '--goodput: '],
    ['a flag of nobody', ['--nonsense'], "unknown option '--nonsense'"],
  ])('%s is refused with 2', async (_case, flags, message) => {
    const { status, stdout, stderr } = await runInMemory(['score', fixture('timings.jsonl'), ...flags]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('names every wrong flag at once', async () => {
    const { stderr } = await runInMemory([
      'score',
      'x',
      '--ttft-deadline',
      '1',
      '--tbt-deadline',
      '2',
      '--format',
      'y',
    ]);
    for (const flag of ['--ttft-deadline', '--tbt-deadline', '--format'])
      expect(stderr).toContain(`${flag}: `);
  });

  it('needs a file', async () => {
    expect(await runInMemory(['score'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("missing required argument 'file'") as string,
    });
  });

  it.each([
    [
      'that is not there',
      () => Promise.resolve(join(folder, 'absent.jsonl')),
      /FILE: .*absent\.jsonl.*ENOENT/,
    ],
    ['that is a folder', () => Promise.resolve(folder), /FILE: .*EISDIR/],
  ])('a file %s', async (_case, path, message) => {
    const { status, stderr } = await runInMemory(['score', await path()]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('hint: ');
  });

  it('a file of another shape is one error with its line', async () => {
    const path = await fileOf(
      '{"request_id": "a", "send_ns": 0, "chunks": []}\n{"request_id": "b", "send_ns": "0", "chunks": []}\n',
    );
    const { status, stdout, stderr } = await runInMemory(['score', path]);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: Expected whole nanoseconds below 2^53 for send_ns at line 2 but received "0"\n',
    });
  });

  it('a file of another format says which one to try', async () => {
    const { status, stderr } = await runInMemory([
      'score',
      fixture('profile_export.jsonl'),
      '--format',
      'jsonl',
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('hint: It looks like aiperf: try --format aiperf.');
  });

  it.each([
    ['an empty file', ''],
    ['requests without tokens', '{"request_id": "a", "send_ns": 0, "chunks": [[5, 0]]}\n'],
    ['failures alone', '{"ttfts": [0], "itls": [[]], "output_lens": [0], "errors": ["refused"]}'],
  ])('%s leaves nothing to measure: 4', async (_case, text) => {
    const path = await fileOf(text);
    const plain = await runInMemory(['score', path]);
    expect(plain).toMatchObject({ status: 4, stdout: '' });
    expect(plain.stderr).toContain('error: Expected at least one token in the file but received none');
    const asJson = await runInMemory(['score', path, '--json']);
    expect(asJson.status).toBe(4);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      output_tokens: 0,
      fluidity_index: null,
      ttft_ns: null,
    });
  });

  it('an interruption while standard input is open ends the command', async () => {
    const interruption = new AbortController();
    const running = runInMemory(['score', '-'], {
      stdin: new PassThrough(),
      interrupted: interruption.signal,
    });
    interruption.abort();
    expect(await running).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Interrupted while reading') as string,
    });
  });
});
