import { startLlmSim } from '@fluidscope/llm-sim';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runInMemory, type CommandOutcome } from '../testing/run-in-memory.js';
import { diagnoseRun, mostChunksCount, runDiagnosisJson, runDiagnosisText } from './run-diagnosis.js';

interface Ended extends CommandOutcome {
  readonly tracePath: string;
}

/** An engine whose pace of 8 ms no deadline of 5 ms can hold, whatever else the machine does. */
async function runAgainstSlowEngine(...flags: readonly string[]): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-run-diagnosis-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sim = await startLlmSim({ engine: { kind: 'fixed', ttftNs: 10_000_000, tbtNs: 8_000_000 } });
  onTestFinished(() => sim.close());
  const tracePath = join(folder, 'run.duckdb');
  const load = ['--num-requests', '4', '--isl', '16', '--osl', '40', '--ignore-eos', '--quiet'];
  const deadlines = ['--ttft-deadline', '2s', '--tbt-deadline', '5ms'];
  const args = ['run', '-u', sim.url, '-m', sim.model, '-o', tracePath, ...load, ...deadlines, ...flags];
  return { ...(await runInMemory(args)), tracePath };
}

describe('the end of a run', () => {
  it('says why deadlines were missed, after the table', { timeout: 60_000 }, async () => {
    const { status, stdout, tracePath } = await runAgainstSlowEngine('--ttft-deadline', '20ms');
    expect(status).toBe(0);
    expect(stdout.indexOf('\nDiagnosis\n')).toBeGreaterThan(stdout.indexOf('Fluidity'));
    expect(stdout).toMatch(/% of missed deadlines/);
    expect(stdout).toContain('not judged without a GPU agent (run --agent)');
    expect(stdout).toContain(`every episode and its evidence: fluidscope diagnose ${tracePath}`);
  });

  it('is whole as JSON, and none where it was not asked for', { timeout: 60_000 }, async () => {
    const { stdout, tracePath } = await runAgainstSlowEngine('--json');
    const { trace, diagnosis } = JSON.parse(stdout) as { trace: string; diagnosis: object };
    const byHand = await runInMemory(['diagnose', tracePath, '--json']);
    expect([trace, diagnosis]).toEqual([tracePath, JSON.parse(byHand.stdout)]);
    const without = JSON.parse((await runAgainstSlowEngine('--json', '--no-diagnosis')).stdout) as object;
    expect(without).toMatchObject({ diagnosis: null, diagnosis_left_out: null });
    expect((await runAgainstSlowEngine('--no-diagnosis')).stdout).not.toContain('Diagnosis');
  });

  it('loses nothing to a diagnosis that fails, and says how to try again', async () => {
    const told = await diagnoseRun('no-such.duckdb', summaryOf(1_000));
    expect(told).toMatchObject({
      kind: 'left_out',
      reason: expect.stringContaining('no-such.duckdb') as string,
    });
    expect(runDiagnosisText(told, 'no-such.duckdb', 80)).toContain(
      'by hand: fluidscope diagnose no-such.duckdb',
    );
    expect(runDiagnosisJson(told)).toMatchObject({ diagnosis: null });
  });

  it('leaves a run of many tokens to a command of its own', async () => {
    const told = await diagnoseRun('no-such.duckdb', summaryOf(30_000_000));
    expect(told).toMatchObject({ reason: expect.stringContaining('30000000 chunks') as string });
  });

  it('takes half of the memory that is left at most, and never minutes', () => {
    expect(mostChunksCount(2 ** 30)).toBe(671_088);
    expect(mostChunksCount(2 ** 40)).toBe(10_000_000);
  });

  it('puts the episodes into the trace', { timeout: 60_000 }, async () => {
    const { tracePath } = await runAgainstSlowEngine('--ttft-deadline', '1ms');
    const folder = `${tracePath}-tables`;
    await runInMemory(['export', tracePath, '--format', 'jsonl', '-o', folder]);
    expect(readFileSync(join(folder, 'episodes.jsonl'), 'utf8')).toMatch(/"episode_id":"e0001"/);
  });
});

function summaryOf(chunksCount: number): Parameters<typeof diagnoseRun>[1] {
  return {
    fluidity: { totalDeadlinesCount: chunksCount },
    stamps: { chunksBySource: { kernel: chunksCount, user: 0 } },
  };
}
