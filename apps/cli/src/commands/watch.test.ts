import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runCommandLine } from '../index.js';
import { runInMemory } from '../testing/run-in-memory.js';

/** The sampler's first answer comes after the address is printed. */
async function untilStarted(url: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { gpu_source } = (await (await fetch(`${url}/v1/describe`)).json()) as {
        gpu_source: { state: string };
      };
      expect(gpu_source.state).not.toBe('starting');
    },
    // Slower than the agent answers to one address.
    { timeout: 20_000, interval: 200 },
  );
}

/** Serves this machine's host metrics on any port, without NVML and nvidia-smi, while `use` runs. */
async function whileServing(
  use: (url: string) => Promise<void>,
  given: { readonly flags?: readonly string[]; readonly isSecret?: true } = {},
): Promise<{ status: number; stderr: string }> {
  const interruption = new AbortController();
  let served: Promise<void> = Promise.resolve();
  let stderr = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const { url } = JSON.parse(chunk.toString()) as { url: string };
      served = (given.isSecret ? Promise.resolve() : untilStarted(url))
        .then(() => use(url))
        .finally(() => interruption.abort());
      done();
    },
  });
  const args = [
    '--listen',
    '127.0.0.1:0',
    '--library',
    '/nowhere/libnvidia-ml.so.1',
    '--no-nvidia-smi',
    '--json',
    ...(given.flags ?? []),
  ];
  const status = await runCommandLine(['agent', ...args], {
    stdin: Readable.from([]),
    stdout,
    stderr: new Writable({
      write(chunk: Buffer, _encoding, done) {
        stderr += chunk.toString();
        done();
      },
    }),
    env: {},
    interrupted: interruption.signal,
    interruptedAgain: new AbortController().signal,
  });
  await served;
  return { status, stderr };
}

it('shows an agent that has no GPU, its host and why', async () => {
  const { status } = await whileServing(async (url) => {
    const watched = await runInMemory(['watch', '--agent', url, '--once']);
    expect(watched.status).toBe(0);
    expect(watched.stdout).toMatch(/No GPU is read: .*/);
    expect(watched.stdout).toMatch(/^host: .*GiB free/m);
  });
  expect(status).toBe(0);
});

it('gives every sample as NDJSON', async () => {
  await whileServing(async (url) => {
    const { status, stdout } = await runInMemory(['watch', '--agent', url, '--json', '--once']);
    expect(status).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; metric?: string });
    expect(lines.some(({ type }) => type === 'description')).toBe(true);
    expect(lines.some(({ metric }) => metric === 'runnable_tasks_count')).toBe(true);
  });
});

const TLS_FOLDER = new URL('../../../../packages/telemetry-link/src/testing/tls/', import.meta.url);
const pemPath = (name: string): string => fileURLToPath(new URL(`${name}.pem`, TLS_FOLDER));

it('reads an agent behind a private authority and a token, as its own flags set it up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'correct-horse-battery-staple\n');
  const secret = ['--agent-token-file', tokenFile];
  const trust = ['--agent-ca', pemPath('authority')];
  const flags = [
    '--tls-cert',
    pemPath('server-cert'),
    '--tls-key',
    pemPath('server-key'),
    '--token-file',
    tokenFile,
  ];
  const { status } = await whileServing(
    async (url) => {
      expect(url).toMatch(/^https:/);
      const watched = await runInMemory(['watch', '--agent', url, '--once', ...secret, ...trust]);
      expect(watched).toMatchObject({ status: 0, stderr: '' });
      expect(watched.stdout).toMatch(/^host: /m);
      const looked = await runInMemory(['doctor', '--agent', url, ...secret, ...trust]);
      expect(looked.stdout).toMatch(/^ok {7}agent /);
      const untrusted = await runInMemory(['watch', '--agent', url, '--once', ...secret]);
      expect(untrusted.status).toBe(1);
      expect(untrusted.stderr).toContain('by --agent-ca FILE');
      const open = await runInMemory(['watch', '--agent', url, '--once', ...trust, '--agent-token', 'wrong']);
      expect(open.status).toBe(1);
      expect(open.stderr).toMatch(/^note: every user of this machine can read the token/);
      expect(open.stderr).toContain('by --agent-token-file');
    },
    { flags, isSecret: true },
  );
  expect(status).toBe(0);
});

it('refuses an authority that is none, an empty token, and a token twice', async () => {
  const key = pemPath('server-key');
  const args = [
    '--agent',
    'wss://127.0.0.1:1',
    '--agent-ca',
    key,
    '--agent-token',
    'a',
    '--agent-token-file',
    key,
  ];
  for (const command of ['watch', 'doctor']) {
    const { status, stderr } = await runInMemory([command, ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/--agent-token: expected it or --agent-token-file but received both/);
    expect(stderr).toMatch(/--agent-ca: expected a certificate in PEM/);
  }
  const empty = await runInMemory([
    'watch',
    '--agent',
    'ws://127.0.0.1:1',
    '--agent-token-file',
    '/dev/null',
  ]);
  expect(empty.stderr).toMatch(/--agent-token-file: expected a token but received an empty file/);
});

it('says that nobody answers', async () => {
  const { status, stderr } = await runInMemory(['watch', '--agent', 'http://127.0.0.1:1', '--quiet']);
  expect(status).toBe(1);
  expect(stderr).toContain('could not connect');
});

it('reports every problem of its flags at once', async () => {
  const { status, stderr } = await runInMemory([
    'watch',
    '--agent',
    'ws://127.0.0.1:1',
    '--hz',
    '100',
    '--agent-token-file',
    '/nowhere',
  ]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/--hz: expected up to 60/);
  expect(stderr).toMatch(/--agent-token-file: expected a readable file/);
});

it.each([
  [['--listen', '0.0.0.0:0'], /expected a token and TLS/],
  [['--fast-hz', '0', '--stall', '5'], /--fast-hz: [^]*--stall: /],
  [['--guard', 'off'], /--guard: expected one of adapt, keep/],
  [['--tls-cert', '/nowhere'], /expected both --tls-cert and --tls-key/],
  [['--bogus'], /unknown option/],
])('refuses an agent with %j', async (args, problem) => {
  const { status, stderr } = await runInMemory(['agent', ...args]);
  expect(status).toBe(2);
  expect(stderr).toMatch(problem);
});

it('refuses a token that can be guessed, wherever it comes from', async () => {
  const { status, stderr } = await runInMemory(['agent'], { env: { FLUIDSCOPE_AGENT_TOKEN: 'short' } });
  expect(status).toBe(2);
  expect(stderr).toMatch(/FLUIDSCOPE_AGENT_TOKEN: expected a token of at least 16/);
});

it.each(['agent', 'watch'])('%s has help with examples and exit statuses', async (command) => {
  const { status, stdout } = await runInMemory([command, '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('Examples:');
  expect(stdout).toContain('Exit status:');
});
