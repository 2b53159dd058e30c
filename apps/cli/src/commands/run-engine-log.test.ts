import { startLlmSim } from '@fluidscope/llm-sim';
import { openTraceReader } from '@fluidscope/trace-store';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const LOAD = ['--isl', '16', '--osl', '20', '--ignore-eos', '--concurrency', '2', '--num-requests', '4'];

async function setUp(): Promise<{
  readonly log: string;
  readonly trace: string;
  readonly args: readonly string[];
}> {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-engine-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sim = await startLlmSim({ engine: { kind: 'fixed', ttftNs: 30_000_000, tbtNs: 5_000_000 } });
  onTestFinished(() => sim.close());
  const [log, trace] = [join(folder, 'vllm.log'), join(folder, 'run.duckdb')];
  return {
    log,
    trace,
    args: ['run', '-u', sim.url, '-m', sim.model, '-o', trace, ...LOAD, '--engine-log', log],
  };
}

it(
  'records what the engine logged while the run went, and nothing from before it',
  { timeout: 60_000 },
  async () => {
    const { log, trace, args } = await setUp();
    // As a container's runtime stamps it: every millisecond from now on, of which those within the run are the run's.
    const fromMs = Date.now();
    const lines = Array.from({ length: 60_000 }, (_, index) => {
      const stamp = new Date(fromMs - 10_000 + index).toISOString();
      return `${stamp} (EngineCore pid=1) INFO 01-01 00:00:00 [core.py:349] Iteration(${index}): 0 context requests, 0 context tokens, 2 generation requests, 2 generation tokens, iteration elapsed time: 0.80 ms`;
    });
    writeFileSync(log, lines.join('\n'));
    const { status, stderr } = await runInMemory([...args]);
    expect(status, stderr).toBe(0);
    const reader = await openTraceReader(trace);
    onTestFinished(() => reader.close());
    const steps = await reader.serverSamples({ metric: 'iterations_count' });
    expect(steps[0]).toMatchObject({ endpoint: 'engine-log:vllm.log', timeNs: 0, value: 0 });
    const last = steps.at(-1);
    const loadEndedNs = Math.max(...(await reader.requests()).map(({ endedNs }) => endedNs ?? NaN));
    expect(last?.timeNs).toBeGreaterThan(loadEndedNs - 3_000_000);
    expect(last?.timeNs).toBeLessThanOrEqual(((await reader.run()).end?.endedNs ?? NaN) + 1_000_000);
    // One a millisecond, but for the edges of the run.
    expect(Math.abs((last?.value ?? NaN) - (last?.timeNs ?? NaN) / 1e6)).toBeLessThanOrEqual(3);
  },
);

it(
  'warns of a log without a line of the run, and refuses one that is not there before it begins',
  { timeout: 60_000 },
  async () => {
    const { log, args } = await setUp();
    const refused = await runInMemory([...args]);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--engine-log')]);
    writeFileSync(log, 'no log at all\n');
    const { status, stdout } = await runInMemory([...args]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('has no line of this run')]);
  },
);

it('reads the log of an engine that it started, unasked', { timeout: 60_000 }, async () => {
  const { trace } = await setUp();
  const engine = `
    const { createServer } = require('node:http');
    createServer((request, response) => {
      if (request.url !== '/health') {
        console.error(new Date().toISOString() + ' (EngineCore pid=1) INFO 01-01 00:00:00 [gc_utils.py:81] GC took 12.5ms to complete.');
        response.statusCode = 500;
      }
      response.end();
    }).listen(Number(process.argv[1]), '127.0.0.1');`;
  const launch = `'${process.execPath}' -e "${engine.replaceAll('"', '\\"')}" {port}`;
  const { status, stderr } = await runInMemory(['run', '--launch', launch, '-m', 'x', '-o', trace, ...LOAD], {
    env: process.env,
  });
  expect(status, stderr).toBe(4);
  const reader = await openTraceReader(trace);
  onTestFinished(() => reader.close());
  const collections = await reader.events({ source: 'engine-log:run.engine.log', kind: 'engine_gc' });
  expect(collections).toHaveLength(4);
  expect(collections[0]?.detail).toMatchObject({ took_ns: 12_500_000 });
});
