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
