import { startAgent } from '@fluidscope/agent';
import { startLlmSim } from '@fluidscope/llm-sim';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const isBuilt = existsSync(new URL('../../../dashboard/dist/thread/live-thread.js', import.meta.url));
if (!isBuilt)
  console.log('Skipped the live page of a run: its thread runs the built package, and it is not built.');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Frames that the page's server has made; `undefined` while there is none. */
async function madeCount(port: number): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/figures`).catch(() => undefined);
  return answer && ((await answer.json()) as { readonly madeCount: number }).madeCount;
}

it('serves agents until it is interrupted', { timeout: 60_000 }, async () => {
  const agent = await startAgent({ listen: { host: '127.0.0.1', port: 0 } });
  onTestFinished(() => agent.close());
  const port = await freePort();
  const interruption = new AbortController();
  const served = runInMemory(['live', '--agent', agent.url, '--listen', `127.0.0.1:${port}`, '--json'], {
    interrupted: interruption.signal,
  });
  await vi.waitFor(async () => expect(await madeCount(port)).toBeGreaterThan(3), { timeout: 20_000 });
  interruption.abort();
  const { status, stdout } = await served;
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ url: `http://127.0.0.1:${port}` });
  expect(await madeCount(port)).toBeUndefined();
});

it.skipIf(!isBuilt)('runs what stands after --, with a page while it goes', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-live-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sim = await startLlmSim({ engine: { kind: 'fixed', ttftNs: 30_000_000, tbtNs: 20_000_000 } });
  onTestFinished(() => sim.close());
  const port = await freePort();
  const load = ['--num-requests', '4', '--concurrency', '4', '--isl', '16', '--osl', '100', '--ignore-eos'];
  const run = ['-u', sim.url, '-m', sim.model, '-o', join(folder, 'run.duckdb'), '--no-diagnosis', ...load];
  const ran = runInMemory(['live', '--run', '--json', '--listen', `127.0.0.1:${port}`, '--', ...run]);
  await vi.waitFor(async () => expect(await madeCount(port)).toBeGreaterThan(3), { timeout: 20_000 });
  const { status, stdout, stderr } = await ran;
  expect(stderr).toContain(`live page: http://127.0.0.1:${port}`);
  expect(status).toBe(0);
  expect((JSON.parse(stdout) as { readonly trace: string }).trace).toBe(join(folder, 'run.duckdb'));
  expect(await madeCount(port)).toBeUndefined();
});

it.each([
  [['live'], '--agent: expected at least one agent, or --run, but received neither'],
  [['live', '--agent', 'nonsense'], '--agent'],
  [
    ['live', '--agent', 'ws://127.0.0.1:1', '--listen', '7421'],
    '--listen: expected an address with its port',
  ],
  [['live', '--agent', 'ws://127.0.0.1:1', '--listen', '0.0.0.0:0'], 'expected a token and TLS'],
  [['live', '--agent', 'ws://127.0.0.1:1', '--', '-u', 'x'], 'Expected --run before --'],
  [['live', '--run'], 'Expected the flags of a run after --'],
  [
    ['run', '-u', 'http://127.0.0.1:1', '-m', 'm', '--live-insecure'],
    '--live-insecure: expected --live beside it',
  ],
  [
    ['run', '-u', 'http://127.0.0.1:1', '-m', 'm', '--live', 'nowhere'],
    '--live: expected an address with its port',
  ],
])('says what is wrong with %j', async (args, problem) => {
  const { status, stderr } = await runInMemory(args);
  expect(stderr).toContain(problem);
  expect(status).toBe(2);
});
