import { startLlmSim, type LlmSim, type LlmSimOptions } from '@fluidscope/llm-sim';
import { parsePrefillProfile, type PrefillProfile } from '@fluidscope/prefill';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runInMemory, type CommandOutcome } from '../testing/run-in-memory.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-prefill-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  path = join(folder, 'prefill.json');
});

async function startSim(options: Partial<LlmSimOptions> = {}): Promise<LlmSim> {
  const sim = await startLlmSim({ engine: { kind: 'profile', profile: 'h100-llama3-8b' }, ...options });
  onTestFinished(() => sim.close());
  return sim;
}

function prefill(sim: LlmSim, ...args: readonly string[]): Promise<CommandOutcome> {
  return runInMemory(['prefill', '-u', sim.url, '-m', sim.model, '-o', path, '--quiet', ...args]);
}

function profileOf(file = path): PrefillProfile {
  return parsePrefillProfile(readFileSync(file, 'utf8'), file);
}

const SMALL = ['--lengths', '64,128,256,512', '--requests-per-length', '3'];

describe('fluidscope prefill', { timeout: 60_000 }, () => {
  it('measures every length, by the server’s own count, and fits a curve', async () => {
    const { status, stdout } = await prefill(await startSim(), ...SMALL);
    expect(status).toBe(0);
    expect(stdout).toMatch(/prompt tokens +requests +TTFT p50 +spread +curve +residual/);
    expect(stdout).toContain('speaks for        prompts of');
    expect(stdout).toContain('few requests');
    const profile = profileOf();
    expect(profile).toMatchObject({ is_complete: true, prompt_tokens_source: 'server_usage', failures: [] });
    expect(profile.points).toHaveLength(12);
    expect(new Set(profile.points.map((point) => point.length_tokens))).toEqual(new Set([64, 128, 256, 512]));
    expect(profile.points.map((point) => point.length_tokens)).not.toEqual(
      profile.points.map((point) => point.length_tokens).sort((a, b) => a - b),
    );
    expect(profile.fit?.curve.intercept_ns).toBeGreaterThan(1e6);
  });

  it('goes on where it was cut short, and repeats no request', async () => {
    const sim = await startSim();
    await prefill(sim, ...SMALL);
    const whole = profileOf();
    const kept = whole.points.slice(0, 5);
    writeFileSync(path, JSON.stringify({ ...whole, is_complete: false, points: kept, fit: null }));
    const { status } = await prefill(sim, ...SMALL);
    expect(status).toBe(0);
    expect(profileOf().points.slice(0, 5)).toEqual(kept);
    expect(
      profileOf()
        .points.map((point) => point.request_index)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 12 }, (_, at) => at));
  });

  it('sends nothing for a profile that is complete', async () => {
    const sim = await startSim();
    await prefill(sim, ...SMALL);
    const before = readFileSync(path, 'utf8');
    await sim.close();
    expect((await prefill(sim, ...SMALL)).status).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('does not mix measurements: other settings are refused by name', async () => {
    const sim = await startSim();
    await prefill(sim, ...SMALL);
    const { status, stderr } = await prefill(sim, ...SMALL, '--seed', '5');
    expect(status).toBe(2);
    expect(stderr).toContain('seed: the file has 0, asked for is 5');
  });

  it('stops when interrupted, keeps what it has and says how to go on', async () => {
    const sim = await startSim();
    const interrupted = AbortSignal.timeout(300);
    const { status, stderr } = await runInMemory(
      [
        'prefill',
        '-u',
        sim.url,
        '-m',
        sim.model,
        '-o',
        path,
        '--quiet',
        '--lengths',
        '4000,8000,16000',
        '--requests-per-length',
        '20',
      ],
      { interrupted },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('The same command goes on from there')]);
    expect(profileOf().is_complete).toBe(false);
  });

  it('asks the server for the model’s limit and stays below', async () => {
    const sim = await startSim({
      engine: { kind: 'profile', profile: 'h100-llama3-8b', overrides: { maxModelTokens: 700 } },
    });
    await prefill(sim, '--requests-per-length', '2', '--lengths-count', '4');
    const { max_model_len: limit, settings, failures } = profileOf();
    expect(limit).toEqual({ tokens: 700, source: 'server' });
    expect(settings.lengths_tokens.at(-1)).toBe(636);
    expect(failures).toEqual([]);
  });

  it('leaves out what the server refuses, and names it', async () => {
    const sim = await startSim({
      engine: { kind: 'profile', profile: 'h100-llama3-8b', overrides: { maxModelTokens: 700 } },
    });
    const { status, stdout } = await prefill(
      sim,
      '--lengths',
      '64,128,256,900,1200',
      '--requests-per-length',
      '2',
    );
    expect(status).toBe(0);
    const { failures, points, fit } = profileOf();
    expect(failures.every(({ http_status: httpStatus }) => httpStatus === 400)).toBe(true);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length).toBeLessThan(3);
    expect(points.every(({ length_tokens: lengthTokens }) => lengthTokens <= 256)).toBe(true);
    expect(fit?.longest_tokens).toBe(256);
    expect(stdout).toContain('maximum context length is 700 tokens');
  });

  it('measures the prefix cache on purpose: the same prompt again takes the less', async () => {
    const { stdout } = await prefill(
      await startSim(),
      '--lengths',
      '512,4096,8192',
      '--requests-per-length',
      '2',
      '--prefix-cache',
      'measure',
    );
    const { points, repeat_fit: repeatFit } = profileOf();
    expect(points.filter((point) => point.is_repeat)).toHaveLength(6);
    const longest = points.filter((point) => point.length_tokens === 8192);
    const [first, again] = [false, true].map((isRepeat) =>
      Math.min(...longest.filter((point) => point.is_repeat === isRepeat).map((point) => point.ttft_ns)),
    );
    expect(again).toBeLessThan((first ?? 0) / 2);
    expect(repeatFit).not.toBeNull();
    expect(stdout).toContain('The same prompts again');
  });

  it('waits when the server is asked too often, and still measures all', async () => {
    const sim = await startSim({ rateLimit: { requestsPerS: 5, burstCount: 4 } });
    const { status } = await prefill(
      sim,
      '--lengths',
      '16,32,64',
      '--requests-per-length',
      '2',
      '--warmup-requests',
      '0',
    );
    expect(status).toBe(0);
    expect(profileOf()).toMatchObject({ is_complete: true, failures: [] });
  });

  it('reports every wrong flag at once', async () => {
    const { status, stderr } = await runInMemory([
      'prefill',
      '-u',
      'nowhere',
      '-m',
      'x',
      '--lengths',
      '1,2',
      '--prefix-cache',
      'maybe',
      '--requests-per-length',
      '0',
    ]);
    expect(status).toBe(2);
    for (const flag of ['--url', '--lengths', '--prefix-cache', '--requests-per-length'])
      expect(stderr).toContain(flag);
  });

  it('says that nobody answers', async () => {
    const { status, stderr } = await runInMemory([
      'prefill',
      '-u',
      'http://127.0.0.1:9',
      '-m',
      'x',
      '-o',
      path,
      '--quiet',
    ]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('Expected the server to take a prompt')]);
  });
});

/** 20 ms + 0.1 ms a token, measured at 100 to 1,000 tokens; written by hand, so that deadlines are exact. */
function writtenProfile(): string {
  const points = [100, 500, 1000].flatMap((tokens, at) =>
    [0, 1, 2].map((repeat) => ({
      request_index: 3 * at + repeat,
      length_tokens: tokens,
      prompt_tokens: tokens,
      ttft_ns: 20_000_000 + 100_000 * tokens,
      is_repeat: false,
    })),
  );
  const spread = { p025_ratio: 0.9, p50_ratio: 1, p975_ratio: 1.1, p99_ratio: 1.1, max_ratio: 1.1 };
  const file = join(folder, 'by-hand.json');
  const settings = {
    url: 'http://x',
    endpoint_type: 'chat',
    model: 'm',
    lengths_tokens: [100, 500, 1000],
    requests_per_length: 3,
    seed: 0,
    prefix_cache: 'defeat',
    prompt_token_counter: 'words',
  };
  const fit = {
    method: 'by hand',
    curve: { intercept_ns: 20e6, per_token_ns: 100_000, per_token_squared_ns: 0 },
    intervals_95: null,
    held_at_zero: [],
    shortest_tokens: 100,
    longest_tokens: 1000,
    points_count: 9,
    by_length: [],
    spread,
    outliers: [],
    lack_of_fit: null,
  };
  const profile = {
    format: 'fluidscope-prefill-profile',
    version: 1,
    started_at: '2026-01-01T00:00:00Z',
    fluidscope_version: '0',
    machine: {},
    settings,
    max_model_len: null,
    prompt_tokens_source: 'server_usage',
    stamp_source: 'kernel',
    is_complete: true,
    points,
    failures: [],
    fit,
    repeat_fit: null,
  };
  writeFileSync(file, JSON.stringify(profile));
  return file;
}

describe('--prefill-profile', { timeout: 60_000 }, () => {
  const line = (id: string, promptTokens: number | undefined, firstMs: number): string =>
    JSON.stringify({ request_id: id, send_ns: 0, prompt_tokens: promptTokens, chunks: [[firstMs * 1e6, 1]] });

  it('gives each request of score its own deadline, and names those beyond', async () => {
    const file = join(folder, 'timings.jsonl');
    writeFileSync(
      file,
      [line('short', 100, 31), line('long', 1000, 119), line('beyond', 9000, 119)].join('\n'),
    );
    const { stdout, stderr } = await runInMemory([
      'score',
      file,
      '--prefill-profile',
      writtenProfile(),
      '--ttft-slack',
      '0ms',
      '--json',
    ]);
    const { requests } = JSON.parse(stdout) as { requests: Record<string, unknown>[] };
    expect(requests).toMatchObject([
      { ttft_deadline_ns: 30e6, ttft_deadline_source: 'prefill_profile', missed_deadlines: 1 },
      { ttft_deadline_ns: 120e6, ttft_deadline_source: 'prefill_profile', missed_deadlines: 0 },
      { ttft_deadline_ns: 145e6, ttft_deadline_source: 'nearest_end', missed_deadlines: 0 },
    ]);
    expect(stderr).toContain('1 of 3 requests have prompts that the prefill profile does not speak for');
  });

  it('is recorded by run, and diagnose and report judge by the same deadlines', async () => {
    const sim = await startSim({ engine: { kind: 'fixed', ttftNs: 60e6, tbtNs: 1e6 } });
    const trace = join(folder, 'run.duckdb');
    const run = await runInMemory([
      'run',
      '-u',
      sim.url,
      '-m',
      sim.model,
      '-o',
      trace,
      '--concurrency',
      '4',
      '--num-requests',
      '12',
      '--osl',
      '3',
      '--isl',
      'uniform:100-1600',
      '--ignore-eos',
      '--prefill-profile',
      writtenProfile(),
      '--ttft-slack',
      '0ms',
      '--json',
      '--quiet',
    ]);
    expect(run.stderr).toBe('');
    const summary = JSON.parse(run.stdout) as {
      fluidity: { missed_deadlines: number; own_ttft_deadlines_ns: { shortest: number; longest: number } };
      warnings: string[];
      diagnosis: { missed_deadlines: number };
    };
    expect(summary.fluidity.own_ttft_deadlines_ns.longest).toBeLessThanOrEqual(145e6);
    expect(summary.fluidity.own_ttft_deadlines_ns.shortest).toBeLessThan(60e6);
    expect(summary.fluidity.missed_deadlines).toBeGreaterThan(0);
    expect(summary.diagnosis.missed_deadlines).toBe(summary.fluidity.missed_deadlines);
    expect(summary.warnings.join()).toContain('prompts that the prefill profile does not speak for');
    const page = join(folder, 'run.html');
    expect((await runInMemory(['report', trace, '-o', page])).status).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('Prefill curve, and time to first token of this run');
    // A looser slack, afterwards: every first token is in time.
    const loose = await runInMemory([
      'diagnose',
      trace,
      '--prefill-profile',
      writtenProfile(),
      '--ttft-slack',
      '10s',
      '--json',
    ]);
    expect(JSON.parse(loose.stdout)).toMatchObject({ missed_deadlines: 0 });
    expect(loose.stderr).toContain('judged by other deadlines');
  });

  it.each([
    [['--ttft-slack', '1s'], 'expected --prefill-profile beside it'],
    [['--prefill-profile', 'none.json'], 'none.json'],
    [['--prefill-profile', 'PROFILE', '--ttft-slack', 'much'], 'expected a time, a percentage or both'],
  ])('%j is refused', async (args, problem) => {
    const file = join(folder, 'timings.jsonl');
    writeFileSync(file, line('a', 1, 1));
    const known = args.map((arg) => (arg === 'PROFILE' ? writtenProfile() : arg));
    const { status, stderr } = await runInMemory(['score', file, ...known]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(problem)]);
  });

  it('names each field of a file that is none', async () => {
    const file = join(folder, 'timings.jsonl');
    writeFileSync(file, line('a', 1, 1));
    writeFileSync(path, '{"format": "fluidscope-prefill-profile", "version": 1}');
    const broken = await runInMemory(['score', file, '--prefill-profile', path]);
    expect(broken.stderr).toContain('points: ');
    writeFileSync(path, '{"format": "fluidscope-prefill-profile", "version": 2}');
    expect((await runInMemory(['score', file, '--prefill-profile', path])).stderr).toContain(
      'version 1 or older',
    );
  });
});
