import { startLlmSim, type LlmSim, type LlmSimOptions } from '@fluidscope/llm-sim';
import type { RequestRow } from '@fluidscope/trace-schema';
import { openTraceReader } from '@fluidscope/trace-store';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runInMemory, type CommandOutcome } from '../testing/run-in-memory.js';

let trace: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-rate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  trace = join(folder, 'run.duckdb');
});

async function startSim(rateLimit?: LlmSimOptions['rateLimit']): Promise<LlmSim> {
  const engine = { kind: 'fixed', ttftNs: 5e6, tbtNs: 1e6 } as const;
  const sim = await startLlmSim({ engine, ...(rateLimit && { rateLimit }) });
  onTestFinished(() => sim.close());
  return sim;
}

function run(sim: LlmSim, ...args: readonly string[]): Promise<CommandOutcome> {
  const endpoint = ['-u', sim.url, '-m', sim.model, '-o', trace, '--quiet', '--json', '--no-diagnosis'];
  return runInMemory(['run', ...endpoint, '--isl', '20', '--osl', '4', '--ignore-eos', ...args]);
}

async function requests(): Promise<readonly RequestRow[]> {
  const reader = await openTraceReader(trace);
  try {
    return await reader.requests();
  } finally {
    await reader.close();
  }
}

interface Summary {
  readonly load: Record<string, number>;
  readonly rate_limit: Record<string, unknown> | null;
  readonly cost: Record<string, number | null> | null;
  readonly warnings: readonly string[];
}

function summaryOf({ stdout }: CommandOutcome): Summary {
  return JSON.parse(stdout) as Summary;
}

const LOAD = ['--request-rate', '20', '--arrival-pattern', 'constant', '--num-requests', '20'];

describe('a server that limits the rate', { timeout: 60_000 }, () => {
  it.each(['seconds', 'date'] as const)(
    'has its refusals recorded, with Retry-After in %s, and the schedule kept',
    async (retryAfter) => {
      const sim = await startSim({ requestsPerS: 4, burstCount: 2, retryAfter });
      const summary = summaryOf(await run(sim, ...LOAD));
      const rows = await requests();
      const refused = rows.filter(({ httpStatus }) => httpStatus === 429);
      expect(refused.length).toBeGreaterThan(5);
      for (const row of refused) {
        expect(row).toMatchObject({ status: 'error', errorCode: 'http', ttftNs: undefined });
        // A date has whole seconds, and so has the answer's own: one second may read as none or two.
        const apartNs = Math.abs((row.retryAfterNs ?? NaN) - 1e9);
        expect(apartNs).toBeLessThanOrEqual(retryAfter === 'seconds' ? 0 : 1e9);
        expect(row.rateLimitHeaders).toMatchObject({ 'x-ratelimit-limit-requests': '2' });
      }
      expect(rows.every(({ pacedNs }) => pacedNs === undefined)).toBe(true);
      expect(rows.find(({ status }) => status === 'ok')?.rateLimitHeaders).toBeDefined();
      expect(summary.rate_limit).toMatchObject({
        refused_requests: refused.length,
        refused_ratio: refused.length / 20,
        pacing: 'off',
        paced_ns: null,
      });
      expect(summary.warnings.join()).toContain('The schedule was kept all the same');
    },
  );

  it('is heeded by --rate-limit-pacing retry-after: the wait is recorded and stays in TTFT from the intended send', async () => {
    const sim = await startSim({ requestsPerS: 5, burstCount: 5 });
    const summary = summaryOf(await run(sim, ...LOAD, '--rate-limit-pacing', 'retry-after'));
    const rows = await requests();
    const held = rows.filter(({ pacedNs }) => pacedNs !== undefined);
    expect(held.length).toBeGreaterThan(3);
    for (const { sentNs, intendedNs, pacedNs, ttftNs, ttftFromSentNs, status } of held) {
      expect((sentNs ?? 0) - intendedNs).toBeGreaterThanOrEqual(pacedNs ?? Infinity);
      if (status !== 'ok') continue;
      expect(ttftNs).toBeGreaterThan(pacedNs ?? Infinity);
      expect((ttftNs ?? 0) - (ttftFromSentNs ?? 0)).toBe((sentNs ?? 0) - intendedNs);
    }
    const refusedCount = rows.filter(({ httpStatus }) => httpStatus === 429).length;
    expect(refusedCount).toBeLessThan(14);
    expect(summary.rate_limit).toMatchObject({ pacing: 'retry-after', paced_ns: { count: held.length } });
    expect(summary.warnings.join()).toContain(
      'TTFT from the actual send leaves it out and so flatters the server',
    );
  });

  it('ends in time with its load’s duration though the server asks to wait longer, unsent requests recorded', async () => {
    const sim = await startSim({ requestsPerS: 0.01 });
    const { status } = await run(
      sim,
      '--request-rate',
      '20',
      '--arrival-pattern',
      'constant',
      '--duration',
      '1s',
      '--rate-limit-pacing',
      'retry-after',
    );
    expect(status).toBe(0);
    const rows = await requests();
    expect(rows).toHaveLength(20);
    expect(
      rows.filter((row) => row.status === 'cancelled' && row.sentNs === undefined).length,
    ).toBeGreaterThan(10);
  });
});

describe('prices', { timeout: 60_000 }, () => {
  it('give the cost of the run, of a million output tokens and of a million fluent ones', async () => {
    const outcome = await run(
      await startSim(),
      '--concurrency',
      '2',
      '--num-requests',
      '10',
      '--price-input',
      '0.5',
      '--price-output',
      '2',
      '--tbt-deadline',
      '50ms',
      '--ttft-deadline',
      '1ms',
      '--warmup-requests',
      '1',
    );
    const { cost } = summaryOf(outcome);
    const usd = (200 * 0.5 + 40 * 2) / 1e6;
    expect(cost?.['measured_usd']).toBeCloseTo(usd, 12);
    expect(cost?.['warmup_usd']).toBeCloseTo(usd / 10, 12);
    expect(cost).toMatchObject({ prompt_tokens: 200, output_tokens: 40, requests_counted_by_client: 0 });
    expect(cost?.['usd_per_million_output_tokens']).toBeCloseTo((1e6 * usd) / 40, 6);
    // The first token of each was late: 30 of 40 were fluent.
    expect(cost?.['fluent_tokens']).toBe(30);
    expect(cost?.['usd_per_million_fluent_tokens']).toBeCloseTo((1e6 * usd) / 30, 6);
  });

  it('are absent without flags, and refused where they are none', async () => {
    const sim = await startSim();
    expect(summaryOf(await run(sim, '--num-requests', '1')).cost).toBeNull();
    const { status, stderr } = await run(
      sim,
      '--price-input',
      'much',
      '--price-cached',
      '1',
      '--rate-limit-pacing',
      'x',
    );
    expect(status).toBe(2);
    for (const flag of ['--price-input', '--rate-limit-pacing']) expect(stderr).toContain(flag);
  });
});
