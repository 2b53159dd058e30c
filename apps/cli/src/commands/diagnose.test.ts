import { NO_OUTCOME, type RequestEnd, type RunStart } from '@fluidscope/trace-schema';
import { createTraceWriter } from '@fluidscope/trace-store';
import { durationNs, monoNs, runNs, wallNs } from '@fluidscope/units';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const MS = 1_000_000;
const TOKENS = 60;
const START: RunStart = {
  runId: 'run-1',
  startedWallNs: wallNs(1n),
  startedMonoNs: monoNs(1n),
  config: { ttft_deadline_ns: 200 * MS, tbt_deadline_ns: 25 * MS },
  versions: {},
  machine: {},
  stampOverheadNs: durationNs(1),
  clockResolutionNs: durationNs(1),
};

let trace: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-diagnose-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  trace = join(folder, 'run.duckdb');
});

/** Requests of 60 tokens, 20 ms apart, all of them held up for a second before token 30. */
async function writeStalledRun(requestsCount: number): Promise<void> {
  const writer = await createTraceWriter(trace, START);
  const rows = requestsCount * TOKENS;
  const cells = Array.from({ length: rows }, (_, row) => ({
    request: Math.floor(row / TOKENS),
    token: row % TOKENS,
  }));
  const indices = Array.from({ length: requestsCount }, (_, index) => index);
  writer.appendRequestStarts(
    indices.map((requestIndex) => ({
      requestIndex,
      phase: 'measured',
      intendedNs: runNs(0),
      sentNs: runNs(0),
      promptTokens: 8,
      promptTokensSource: 'approximation',
      maxOutputTokens: TOKENS,
      workerIndex: 0,
    })),
  );
  writer.appendChunks({
    length: rows,
    requestIndex: Uint32Array.from(cells, ({ request }) => request),
    seq: Uint32Array.from(cells, ({ token }) => token),
    arrivalNs: Float64Array.from(cells, ({ token }) => (100 + 20 * token + (token < 30 ? 0 : 1_000)) * MS),
    tokenCount: new Uint32Array(rows).fill(1),
    stampSource: new Uint8Array(rows),
    errorNs: new Float64Array(rows),
  });
  writer.appendRequestEnds(indices.map(okEnd));
  await writer.close({ endedNs: runNs(3_000 * MS), stopReason: 'finished' });
}

function okEnd(requestIndex: number): RequestEnd {
  return {
    ...NO_OUTCOME,
    requestIndex,
    status: 'ok',
    httpStatus: 200,
    finishReason: 'stop',
    firstChunkNs: runNs(100 * MS),
    endedNs: runNs(2_280 * MS),
    outputTokens: TOKENS,
    tokenCountSource: 'one_per_chunk',
  };
}

describe('fluidscope diagnose', () => {
  it('shows the stall, whom it held up and what it cost', async () => {
    await writeStalledRun(3);
    const { status, stdout, stderr } = await runInMemory(['diagnose', trace]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/fluidity-index 0\.\d{4}: \d+ of \d+ deadlines missed over 3 requests/);
    expect(stdout).toMatch(/100 % of missed deadlines \(1 of 1 stall episode\)[^.]*could not be told/);
    expect(stdout).toContain('without these stalls the fluidity-index would be 1.0000');
    expect(stdout).toMatch(/e0001 +0\.700 +1\.00 s +[\d.]+ +decode +3 of 3 +engine +0\.00 +- +unknown/);
  });

  it('leaves the episodes in the trace, for whoever reads it next', async () => {
    await writeStalledRun(3);
    await runInMemory(['diagnose', trace]);
    const folder = join(dirname(trace), 'tables');
    expect((await runInMemory(['export', trace, '--format', 'jsonl', '-o', folder])).status).toBe(0);
    const episodes = readFileSync(join(folder, 'episodes.jsonl'), 'utf8').trimEnd().split('\n');
    expect(episodes.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { episode_id: 'e0001', scope: 'engine', cause: 'unknown', confidence: null },
    ]);
  });

  it('judges by other deadlines when told, and prints JSON', async () => {
    await writeStalledRun(1);
    const { stdout, stderr } = await runInMemory(['diagnose', trace, '--tbt-deadline', '5s', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      tbt_deadline_ns: 5e9,
      missed_deadlines: 0,
      fluidity_index: 1,
      findings: [],
      episodes: [],
    });
    expect(stderr).toContain('stays as it was: it was judged by other deadlines');
  });

  it('lays the stall to what the engine logged, and leaves the trace as it is', async () => {
    await writeStalledRun(3);
    const log = join(dirname(trace), 'vllm.log');
    const line =
      '1970-01-01T00:00:01.650Z (EngineCore pid=23199) WARNING 01-01 00:00:01 [jit_monitor.py:103] Triton kernel JIT compilation during inference: _topk_kernel. This causes a latency spike; consider extending warmup to cover this shape/config.';
    writeFileSync(log, `INFO:     Application startup complete.\n${line}\n`);
    const { status, stdout, stderr } = await runInMemory(['diagnose', trace, '--engine-log', log]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/the engine logged a compilation \(_topk_kernel\)/);
    expect(stderr).toContain('stays as it was: it was judged with a log that is not in the trace');
    expect((await runInMemory(['diagnose', trace])).stdout).not.toContain('_topk_kernel');
  });

  it('says that a log tells nothing of the run, and refuses one that is not there', async () => {
    await writeStalledRun(3);
    const log = join(dirname(trace), 'vllm.log');
    writeFileSync(
      log,
      'INFO 06-01 10:00:00 [loggers.py:1] Engine 000: Running: 1 reqs, Waiting: 0 reqs\n\0\xff',
    );
    const { status, stderr } = await runInMemory(['diagnose', trace, '--engine-log', log]);
    expect([status, stderr]).toEqual([0, expect.stringContaining('has no line of this run')]);
    const missing = await runInMemory(['diagnose', trace, '--engine-log', `${log}.gone`]);
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('--engine-log')]);
  });

  it('says that there is nothing to diagnose, and exits with 4', async () => {
    await writeStalledRun(0);
    const { status, stdout, stderr } = await runInMemory(['diagnose', trace]);
    expect(status).toBe(4);
    expect(stdout).toContain('nothing to diagnose');
    expect(stderr).toContain('Expected at least one measured request that ended well');
  });

  it('refuses a deadline without a unit, and a file that is not there', async () => {
    const wrong = await runInMemory(['diagnose', trace, '--tbt-deadline', '25']);
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('--tbt-deadline')]);
    expect((await runInMemory(['diagnose', trace])).status).not.toBe(0);
  });
});
