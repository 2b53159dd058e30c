import { openTraceReader } from '@fluidscope/trace-store';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runInMemory, type CommandOutcome } from '../testing/run-in-memory.js';

// Engines are processes, and start as fast as the machine lets them.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-run-launch-'));
});
afterEach(() => rm(folder, { recursive: true }));

const SIM = ['--launch', 'sim', '--launch-args', '--profile fixed --ttft 20ms --tbt 4ms'];
const LOAD = [
  '-m',
  'demo',
  '--isl',
  '16',
  '--osl',
  '8',
  '--ignore-eos',
  '--concurrency',
  '2',
  '--num-requests',
  '6',
];

/** With the variables of this process, which an engine needs. */
function run(...args: readonly string[]): Promise<CommandOutcome> {
  return runInMemory(['run', ...args], { env: process.env });
}

function pidIn(text: string): number {
  return Number(/pid (\d+)/.exec(text)?.[1]);
}

function expectGone(pid: number): void {
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}

describe('run --launch', () => {
  it('starts the engine, loads it, stops it, and says in the trace what it was', async () => {
    const output = join(folder, 'a.duckdb');
    const { status, stdout, stderr } = await run(...SIM, ...LOAD, '-o', output, '--json');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ load: { ok_requests: 6 } });
    expectGone(pidIn(stderr));
    const log = join(folder, 'a.engine.log');
    expect(await readFile(log, 'utf8')).toContain('Serving demo');
    const reader = await openTraceReader(output);
    expect((await reader.run()).config).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      launched_engine: { template: 'sim', pid: pidIn(stderr), log_path: log },
    });
    await reader.close();
  });

  it('names an engine that ends while it is loaded, with its last words, behind what was recorded', async () => {
    const output = join(folder, 'b.duckdb');
    const engine = `
      const { createServer } = require('node:http');
      createServer((request, response) => {
        if (request.url === '/health') return response.end();
        console.error('a fatal error of the engine');
        process.exit(5);
      }).listen(Number(process.argv[1]), '127.0.0.1');`;
    const launch = `'${process.execPath}' -e "${engine.replaceAll('"', '\\"')}" {port}`;
    const { status, stdout, stderr } = await run('--launch', launch, ...LOAD, '-o', output);
    expect(status).toBe(1);
    expect(stdout).toContain('0 ok');
    expect(stderr).toMatch(/it exited with status 5 while it was in use[^]*\| a fatal error of the engine/);
    expect(existsSync(output)).toBe(true);
  });

  it('starts nothing for wrong flags, and names them all', async () => {
    const { status, stderr } = await run(
      ...['--launch', 'x {prot}', '--launch-args', "'open", '-u', 'http://localhost:1'],
      ...['--launch-env', 'no', '--launch-timeout', '5', '--num-requests', '0'],
    );
    expect(status).toBe(2);
    for (const flag of [
      '--launch: expected no --url',
      '--launch: expected every quote',
      '--launch-env',
      '--launch-timeout',
      '--num-requests',
      '--model',
    ])
      expect(stderr).toContain(flag);
    expect(await readdir(folder)).toEqual([]);
    expect((await run('--launch', 'x {prot} {model}')).stderr).toMatch(
      /received \{prot\}[^]*--launch: expected --model beside it, for \{model\}[^]*expected \{port\}/,
    );
    expect((await run('-u', 'http://localhost:1', '-m', 'x', '--launch-args', 'y')).stderr).toContain(
      '--launch-args: expected --launch beside it',
    );
  });
});

describe('run --every', () => {
  it('runs a series into a folder, each run on an engine of its own, and goes on where it ended', async () => {
    const output = join(folder, 'series');
    const args = [...SIM, ...LOAD, '--every', '100ms', '--for', '150ms', '-o', output, '--no-diagnosis'];
    const first = await run(...args, '--json');
    expect(first.status, first.stderr).toBe(0);
    // The second slot is over before the first run is.
    expect(JSON.parse(first.stdout)).toMatchObject({
      slots_count: 2,
      measured_count: 1,
      missed: [{ slot: 1, reason: 'run_in_progress' }],
      spreads: { fluidity_index: { runs_count: 1, min: 1, max: 1 } },
    });
    expect((await readdir(output)).toSorted()).toEqual([
      'run-0001.duckdb',
      'run-0001.engine.log',
      'series.md',
      'series.ndjson',
    ]);
    const again = await run(...args);
    expect(again.stdout).toContain('1 of 2 runs measured, 0 failed, 1 missed');
    expect(again.stderr).not.toContain('serves at');
    const other = await run(...args, '--seed', '7');
    expect(other).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the flags of the run differ'),
    });
  });

  it('says that nothing was measured when every run failed', async () => {
    const output = join(folder, 'none');
    const { status, stderr } = await run(
      ...['-u', 'http://127.0.0.1:1', ...LOAD, '--every', '10s', '--for', '10ms', '-o', output],
    );
    expect(status).toBe(4);
    expect(stderr).toMatch(/run 1 failed: no request ended well \(connect:/);
  });

  it('names what is wrong with its flags', async () => {
    const wrong = await run('-u', 'http://localhost:1', '-m', 'x', '--every', '1h', '--keep-traces', '0');
    expect(wrong.stderr).toMatch(/--every: expected --for beside it[^]*--keep-traces/);
    expect((await run('-u', 'http://localhost:1', '-m', 'x', '--for', '1h')).stderr).toContain(
      '--for: expected --every',
    );
  });
});

describe('prefill --launch', () => {
  it('measures an engine that it starts, and knows its file again on another port', async () => {
    const output = join(folder, 'prefill.json');
    const args = ['prefill', ...SIM, '-m', 'demo', '--lengths', '64,128,256', '--requests-per-length', '2'];
    const first = await runInMemory([...args, '-o', output], { env: process.env });
    expect(first.status, first.stderr).toBe(0);
    expectGone(pidIn(first.stderr));
    const again = await runInMemory([...args, '-o', output], { env: process.env });
    expect(again.status, again.stderr).toBe(0);
    const profile = JSON.parse(await readFile(output, 'utf8')) as { settings: { url: string } };
    expect(profile.settings.url).toMatch(/ sim --model demo .* --port \{port\} --profile fixed/);
    expect(existsSync(join(folder, 'prefill.engine.log'))).toBe(true);
  });
});
