import { startLlmSim } from '@fluidscope/llm-sim';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../index.js';
import { runInMemory } from '../testing/run-in-memory.js';

async function setUp(): Promise<{ readonly folder: string; readonly args: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-run-metrics-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sim = await startLlmSim({ engine: { kind: 'fixed', ttftNs: 30_000_000, tbtNs: 5_000_000 } });
  onTestFinished(() => sim.close());
  const load = ['--isl', '16', '--osl', '20', '--ignore-eos', '--concurrency', '2'];
  return { folder, args: ['run', '-u', sim.url, '-m', sim.model, '-o', join(folder, 'run.duckdb'), ...load] };
}

it('can be scraped while it goes', { timeout: 60_000 }, async () => {
  const { args } = await setUp();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const interrupted = new AbortController();
  const running = runCommandLine([...args, '--duration', '60s', '--metrics-listen', '127.0.0.1:0'], {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    interrupted: interrupted.signal,
    interruptedAgain: interrupted.signal,
  });
  stdout.resume();
  const url = await new Promise<string>((resolve) => {
    let told = '';
    stderr.on('data', (piece: Buffer) => {
      told += piece.toString();
      const [, page] = /metrics of this run at (\S+)\n/.exec(told) ?? [];
      if (page !== undefined) resolve(page);
    });
  });
  const scraped = async (): Promise<number> => {
    const text = await (await fetch(url)).text();
    return Number(/^fluidscope_requests_total\{.*status="ok"\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const seen: number[] = [];
  while (new Set(seen).size < 3) seen.push(await scraped());
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  interrupted.abort();
  expect(await running).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

it('pushes what it ended with, and is written for another tool', { timeout: 60_000 }, async () => {
  const { folder, args } = await setUp();
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    collector.closeAllConnections();
    collector.close();
  });
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const pushed = ['--otlp-endpoint', endpoint, '--export-format', 'vllm', '--json'];
  const { status, stdout } = await runInMemory([...args, '--num-requests', '4', ...pushed]);
  expect(status).toBe(0);
  expect(bodies.at(-1)).toContain('"name":"gen_ai.server.time_to_first_token"');
  expect(bodies.at(-1)).toContain('"count":"4"');
  const path = join(folder, 'run-vllm', 'vllm_bench.json');
  expect((JSON.parse(stdout) as { exported: unknown }).exported).toMatchObject([{ path }]);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ completed: 4, failed: 0, num_prompts: 4 });
});

it('does not fail with its collector, and says so once', { timeout: 60_000 }, async () => {
  const { args } = await setUp();
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const { status, stderr } = await runInMemory([
    ...[...args, '--num-requests', '4', '--otlp-endpoint', `http://127.0.0.1:${port}`],
  ]);
  expect(status).toBe(0);
  expect(stderr.match(/could not be pushed/g)).toHaveLength(1);
});

it('refuses addresses that others reach, and formats that it does not know, before it begins', async () => {
  const { folder, args } = await setUp();
  const wrong = [
    '--metrics-listen',
    '0.0.0.0:9464',
    '--otlp-endpoint',
    'collector:4318',
    '--export-format',
    'csv',
  ];
  const { status, stderr } = await runInMemory([...args, '--num-requests', '1', ...wrong]);
  expect(status).toBe(2);
  expect(stderr).toContain('--metrics-listen: expected a loopback address and a port');
  expect(stderr).toContain('--otlp-endpoint: expected the http(s) address of a collector');
  expect(stderr).toContain('--export-format: expected one of perfetto, aiperf, vllm');
  expect(existsSync(join(folder, 'run.duckdb'))).toBe(false);
});
