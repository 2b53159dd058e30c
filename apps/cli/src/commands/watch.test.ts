import { Readable, Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
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
): Promise<{ status: number; stderr: string }> {
  const interruption = new AbortController();
  let served: Promise<void> = Promise.resolve();
  let stderr = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const { url } = JSON.parse(chunk.toString()) as { url: string };
      served = untilStarted(url)
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
