import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../program.js';
import { runInMemory } from '../testing/run-in-memory.js';

/** Starts `sim`, hands its first line to `use`, interrupts it, and returns its exit status. */
async function whileServing(args: readonly string[], use: (line: string) => Promise<void>): Promise<number> {
  const interruption = new AbortController();
  let served: Promise<void> = Promise.resolve();
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      served = use(chunk.toString()).finally(() => interruption.abort());
      done();
    },
  });
  const status = await runCommandLine(['sim', '--port', '0', ...args], {
    stdin: Readable.from([]),
    stdout,
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
    env: {},
    interrupted: interruption.signal,
    interruptedAgain: new AbortController().signal,
  });
  await served;
  return status;
}

describe('a server that runs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('says in one line of JSON where it is, and completes its truth file when interrupted', async () => {
    const truthFile = join(folder, 'truth.csv');
    const args = [
      '--profile',
      'fixed',
      '--ttft',
      '1ms',
      '--tbt',
      '0ms',
      '--model',
      'm',
      '--truth',
      truthFile,
      '--json',
    ];
    const status = await whileServing(args, async (line) => {
      const server = JSON.parse(line) as { url: string; port: number };
      expect(server).toEqual({
        url: `http://127.0.0.1:${server.port}`,
        host: '127.0.0.1',
        port: server.port,
        model: 'm',
        profile: 'fixed',
        max_model_len: 131_072,
        pid: process.pid,
      });
      const body = JSON.stringify({ model: 'm', prompt: 'a', max_tokens: 4, ignore_eos: true, stream: true });
      const response = await fetch(`${server.url}/v1/completions`, { method: 'POST', body });
      expect(await response.text()).toContain('[DONE]');
    });
    expect(status).toBe(0);
    expect((await readFile(truthFile, 'utf8')).trimEnd().split('\n')).toHaveLength(1 + 4);
  });

  it('hands the engine its limits', async () => {
    const limits = ['--kv-blocks', '10', '--policy', 'prefill-first', '--max-num-seqs', '4'];
    await whileServing(limits, async (line) => {
      expect(line).toMatch(
        /^Serving meta-llama.* \(simulated: h100-llama3-8b, prefill-first\) at http:\/\/127\.0\.0\.1:\d+\n$/,
      );
      const url = line.slice(line.lastIndexOf('http')).trim();
      const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: object[] };
      expect(data[0]).toMatchObject({ max_model_len: 160 });
    });
  });
});

describe('simulated GPUs', () => {
  it('are named in the line of JSON, and their truth and faults kept where the flags say', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sim-gpus-'));
    const [state, truth] = [join(folder, 'state'), join(folder, 'truth.ndjson')];
    const flags = ['--gpus', '1', '--gpu-replica', '1', '--gpu-state', state, '--gpu-truth', truth, '--json'];
    await whileServing(flags, async (line) => {
      const { url, gpu_state } = JSON.parse(line) as { url: string; gpu_state: string };
      expect(gpu_state).toBe(state);
      const body = JSON.stringify({ kind: 'power_brake', gpu: 1, on: true });
      expect((await fetch(`${url}/sim/faults`, { method: 'POST', body })).status).toBe(200);
    });
    expect(await readFile(truth, 'utf8')).toContain('"fault":{"kind":"power_brake","gpu":1,"on":true}');
    await rm(folder, { recursive: true });
  });

  it('are 64 at most, the other replica’s among them', async () => {
    const { status, stderr } = await runInMemory(['sim', '--gpus', '60', '--gpu-replica', '5']);
    expect(status).toBe(2);
    expect(stderr).toContain('--gpu-replica: expected at most 64 GPUs in all');
  });
});

describe('a command line that is wrong', () => {
  it('is refused with every problem at once', async () => {
    const wrong = [
      '--host',
      '0.0.0.0',
      '--port',
      '99999',
      '--profile',
      'b200',
      '--tbt',
      '20',
      '--kv-blocks',
      '-1',
    ];
    const { status, stderr } = await runInMemory(['sim', ...wrong]);
    expect(status).toBe(2);
    for (const flag of ['--host', '--port', '--profile', '--tbt', '--kv-blocks']) {
      expect(stderr).toContain(`${flag}: expected`);
    }
  });

  it.each([
    [['--profile', 'fixed', '--policy', 'chunked'], '--policy: expected no such flag'],
    [['--profile', 'fixed', '--no-prefix-caching'], '--no-prefix-caching: expected no such flag'],
    [['--profile', 'fixed', '--tbt', '20'], 'bare number'],
    [['--seed', '4294967296'], '--seed: expected at most 4294967295'],
    [
      ['--policy', 'unchunked', '--max-num-batched-tokens', '2048'],
      'Expected max-num-batched-tokens to hold a whole prompt',
    ],
    [['--host', '127.0.0.1.evil.example'], '--host: expected a loopback address'],
  ])('%j', async (args, message) => {
    const { status, stderr } = await runInMemory(['sim', '--port', '0', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

it('shows examples in its help', async () => {
  const { status, stdout } = await runInMemory(['sim', '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('$ fluidscope sim --profile fixed --ttft 100ms --tbt 20ms --truth truth.csv');
});
