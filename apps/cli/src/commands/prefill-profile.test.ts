import { startLlmSim, type LlmSim, type LlmSimOptions } from '@fluidscope/llm-sim';
import { parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { createTraceWriter } from '@fluidscope/trace-store';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';
import { writtenPrefillProfile } from '../testing/written-prefill-profile.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-prefill-profile-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  path = join(folder, 'prefill.json');
});

async function startSim(options: LlmSimOptions): Promise<LlmSim> {
  const sim = await startLlmSim(options);
  onTestFinished(() => sim.close());
  return sim;
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
      writtenPrefillProfile(folder),
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
      writtenPrefillProfile(folder),
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
      writtenPrefillProfile(folder),
      '--ttft-slack',
      '10s',
      '--json',
    ]);
    expect(JSON.parse(loose.stdout)).toMatchObject({ missed_deadlines: 0 });
    expect(loose.stderr).toContain('judged by other deadlines');
  });

  it('decides the deadlines by which compare tells two runs apart', async () => {
    const scenario = parseScenario(`
name: paused
duration: 20s
deadlines: { ttft: 1s, tbt: 50ms }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 10 }
faults: [{ kind: engine_pause, at: 3s, every: 5s, pause: 300ms }]
`);
    const [a = '', b = ''] = await Promise.all(
      [1, 2].map(async (seed) => {
        const trace = join(folder, `${seed}.duckdb`);
        await runScenario(scenario, seed, await createTraceWriter(trace, runStartOf(scenario, seed)));
        return trace;
      }),
    );
    const missedBy = async (slack: string): Promise<number> => {
      const profile = ['--prefill-profile', writtenPrefillProfile(folder), '--ttft-slack', slack];
      const { status, stdout } = await runInMemory(['compare', a, b, ...profile, '--json']);
      expect(status).toBe(0);
      const { figures } = JSON.parse(stdout) as { figures: { metric: string; values: number[] }[] };
      return 1 - (figures.find(({ metric }) => metric === 'fluidity_index')?.values[0] ?? NaN);
    };
    expect(await missedBy('10s')).toBe(0);
    expect(await missedBy('0%')).toBeGreaterThan(0);
  });

  it('decides what a load search counts as fluent', async () => {
    const sim = await startSim({ engine: { kind: 'fixed', ttftNs: 60e6, tbtNs: 1e6 } });
    const goodBy = async (slack: string): Promise<number> => {
      const load = '--by concurrency --sweep 4 --point-requests 20 --isl 100 --osl 2 --ignore-eos';
      const profile = ['--prefill-profile', writtenPrefillProfile(folder), '--ttft-slack', slack];
      const target = ['-u', sim.url, '-m', sim.model, '-o', join(folder, 'points'), ...load.split(' ')];
      const flags = ['--slo', 'fluidity>=0.9@90%', ...profile, '--json', '--quiet'];
      const { status, stdout } = await runInMemory(['capacity', ...target, ...flags]);
      expect(status).toBe(0);
      const { points } = JSON.parse(stdout) as { points: { terms: { good_ratio: number }[] }[] };
      return points[0]?.terms[0]?.good_ratio ?? NaN;
    };
    expect(await goodBy('10s')).toBe(1);
    expect(await goodBy('0ms')).toBe(0);
  });

  it.each([
    [['--ttft-slack', '1s'], 'expected --prefill-profile beside it'],
    [['--prefill-profile', 'none.json'], 'none.json'],
    [['--prefill-profile', 'PROFILE', '--ttft-slack', 'much'], 'expected a time, a percentage or both'],
  ])('%j is refused', async (args, problem) => {
    const file = join(folder, 'timings.jsonl');
    writeFileSync(file, line('a', 1, 1));
    const known = args.map((arg) => (arg === 'PROFILE' ? writtenPrefillProfile(folder) : arg));
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
