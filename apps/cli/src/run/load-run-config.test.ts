import { UsageError } from '@fluidscope/errors';
import { Command } from 'commander';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRunConfig } from './load-run-config.js';
import { recordedRunConfig } from './recorded-run-config.js';
import type { RunConfig } from './run-config.js';
import { addRunFlags, type RunFlags } from './run-flags.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const STAMPING = { asked: 'auto', source: 'kernel', warnings: [] } as const;
const ENDPOINT = ['-u', 'http://localhost:8000', '-m', 'some-model'];

describe('arrivals', () => {
  it.each<[string[], object]>([
    [[], { kind: 'closed_loop', concurrencyCount: 1 }],
    [['--concurrency', '8'], { kind: 'closed_loop', concurrencyCount: 8 }],
    [['--request-rate', '10'], { kind: 'poisson', ratePerS: 10 }],
    [['--request-rate', '10rps', '--arrival-pattern', 'constant'], { kind: 'constant', ratePerS: 10 }],
    [['--request-rate', '10', '--burstiness', '0.5'], { kind: 'gamma', ratePerS: 10, burstiness: 0.5 }],
    [['--request-rate', 'inf'], { kind: 'all_at_once' }],
    [
      ['--stages', '10rps for 30s'],
      {
        kind: 'stages',
        process: { kind: 'poisson' },
        stages: [{ fromRatePerS: 10, toRatePerS: 10, durationNs: 30_000_000_000 }],
      },
    ],
  ])('reads %j', async (args, expected) => {
    expect((await configOf(...ENDPOINT, ...args)).workload.arrivals).toEqual(expected);
  });

  it('takes a concurrency beside a rate as a cap', async () => {
    const config = await configOf(...ENDPOINT, '--request-rate', '10', '--concurrency', '4');
    expect(config.settings.maxInFlightCount).toBe(4);
    expect((await configOf(...ENDPOINT, '--concurrency', '4')).settings.maxInFlightCount).toBeUndefined();
  });
});

describe('who stamps tokens', () => {
  it('is the flag’s affair, then the environment’s, then left to the machine', async () => {
    const ofEnv = async (env: Record<string, string>, ...args: string[]): Promise<string> =>
      (await loadRunConfig(flagsOf(...ENDPOINT, ...args), env)).stampSource;
    expect(await ofEnv({})).toBe('auto');
    expect(await ofEnv({ FLUIDSCOPE_STAMP_SOURCE: '' })).toBe('auto');
    expect(await ofEnv({ FLUIDSCOPE_STAMP_SOURCE: 'user' })).toBe('user');
    expect(await ofEnv({ FLUIDSCOPE_STAMP_SOURCE: 'user' }, '--stamp-source', 'kernel')).toBe('kernel');
    await expect(ofEnv({ FLUIDSCOPE_STAMP_SOURCE: 'sun' })).rejects.toThrow(/--stamp-source/);
  });
});

describe('how the load ends', () => {
  it('is 100 requests where nothing else says', async () => {
    expect((await configOf(...ENDPOINT)).workload.requestCount).toBe(100);
    expect((await configOf(...ENDPOINT, '--duration', '5s')).workload.requestCount).toBeUndefined();
    expect((await configOf(...ENDPOINT, '--stages', '1rps for 5s')).workload.requestCount).toBeUndefined();
  });
});

describe('data sets', () => {
  it('are replayed with their own lengths and times unless flags say otherwise', async () => {
    const path = join(folder, 'azure.csv');
    await writeFile(
      path,
      'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n',
    );
    const replay = await configOf(...ENDPOINT, '--dataset', path, '--time-scale', '0.5');
    expect(replay.workload).toMatchObject({
      arrivals: { kind: 'recorded', timeScale: 0.5 },
      promptLengths: { kind: 'recorded' },
      outputLengths: { kind: 'recorded' },
    });
    const paced = await configOf(...ENDPOINT, '--dataset', path, '--request-rate', '3', '--osl', '7');
    expect(paced.workload).toMatchObject({
      arrivals: { kind: 'poisson', ratePerS: 3 },
      outputLengths: { kind: 'fixed', lengthTokens: 7 },
    });
    expect(recordedRunConfig(replay, STAMPING)).toMatchObject({
      dataset: { format: 'azure', rows_count: 2 },
    });
  });

  it('that cannot be read are a problem of their flag', async () => {
    const error = await problemsOf(...ENDPOINT, '--dataset', join(folder, 'absent.csv'));
    expect(error.problems).toEqual([expect.stringMatching(/^--dataset: .*ENOENT/)]);
  });
});

describe('mistakes', () => {
  it('are all reported at once', async () => {
    const error = await problemsOf(
      ...['--url', 'localhost:8000', '--header', 'novalue', '--extra-body', '[1]', '--extra-inputs', 'x'],
      ...['--tbt-deadline', '25', '--isl', 'many', '--time-scale', '2', '--arrival-pattern', 'gamma'],
    );
    const flags = error.problems.map((problem) => problem.split(':')[0]);
    expect(new Set(flags)).toEqual(
      new Set([
        '--model',
        '--url',
        '--header',
        '--extra-body',
        '--extra-inputs',
        '--tbt-deadline',
        '--isl',
        '--time-scale',
        '--arrival-pattern',
      ]),
    );
  });

  it('refuses a secret inside the address', async () => {
    const error = await problemsOf('-u', 'http://me:hunter2@host', '-m', 'x');
    expect(error.problems.join()).toContain('without user and password');
    expect(error.message).not.toContain('hunter2');
  });
});

describe('workers', () => {
  it('are no more than the slots that they share', async () => {
    const error = await problemsOf(...ENDPOINT, '--concurrency', '2', '--workers', '3');
    expect(error.problems).toEqual([expect.stringContaining('at most the 2 slots')]);
    expect((await configOf(...ENDPOINT, '--request-rate', '1', '--workers', '3')).workersCount).toBe(3);
  });
});

describe('secrets', () => {
  it('reach the client and never the trace', async () => {
    const config = await configOf(
      ...['-u', 'http://host/v1?api-key=S3CRET', '-m', 'some-model', '--api-key', 'S3CRET'],
      ...['-H', 'Authorization: Bearer S3CRET', '-H', 'x-trace: visible'],
      ...['--extra-body', '{"nested": {"access_token": "S3CRET"}, "max_tokens": 7}'],
    );
    expect(config.client.apiKey).toBe('S3CRET');
    const recorded = JSON.stringify(recordedRunConfig(config, STAMPING));
    expect(recorded).not.toContain('S3CRET');
    expect(recorded).toContain('"x-trace":"visible"');
    expect(recorded).toContain('"max_tokens":7');
  });

  it('come from the environment where no flag gives them', async () => {
    const env = { OPENAI_API_KEY: 'from-env', OPENAI_BASE_URL: 'http://from-env/v1' };
    const config = await loadRunConfig(flagsOf('-m', 'x'), env);
    expect(config.client).toMatchObject({ apiKey: 'from-env', baseUrl: 'http://from-env/v1' });
  });
});

describe('agents', () => {
  it('are taken once each, with the token of the flag or the environment', async () => {
    const args = ['--agent', 'ws://a:7420', '--agent', 'wss://b', '--agent', 'ws://a:7420'];
    const { agents } = await configOf(...ENDPOINT, ...args, '--agent-token', 'S3CRET', '--agent-wait');
    expect(agents).toMatchObject({
      urls: ['ws://a:7420', 'wss://b'],
      token: 'S3CRET',
      waitForAgent: true,
      tls: { rejectUnauthorized: true },
    });
    const env = { FLUIDSCOPE_AGENT_TOKEN: 'from-env' };
    expect((await loadRunConfig(flagsOf(...ENDPOINT, ...args), env)).agents.token).toBe('from-env');
  });

  it('stand in the trace without their token', async () => {
    const config = await configOf(...ENDPOINT, '--agent', 'ws://a:7420', '--agent-token', 'S3CRET');
    const recorded = JSON.stringify(recordedRunConfig(config, STAMPING));
    expect(recorded).toContain('"agents":["ws://a:7420"]');
    expect(recorded).not.toContain('S3CRET');
  });

  it('are told which of their GPUs serve, replica by replica', async () => {
    const two = ['--agent', 'ws://a:7420', '--agent', 'ws://b:7420'];
    const config = await configOf(
      ...ENDPOINT,
      ...two,
      '--replica',
      'ws://a:7420#2,3',
      '--replica',
      'ws://b:7420#0',
    );
    expect(recordedRunConfig(config, STAMPING)).toMatchObject({
      topology: [
        { replica: 0, agent_url: 'ws://a:7420', gpus: ['2', '3'], tensor_parallel_size: 2, serves: true },
        { replica: 1, agent_url: 'ws://b:7420', gpus: ['0'], tensor_parallel_size: 1, serves: true },
      ],
    });
    const alone = await configOf(...ENDPOINT, '--agent', 'ws://a:7420', '--replica', 'GPU-0a-1b');
    expect(alone.replicas).toEqual([{ agentUrl: 'ws://a:7420', gpus: ['GPU-0a-1b'] }]);
  });

  it('have each problem of --replica told', async () => {
    const two = ['--agent', 'ws://a:7420', '--agent', 'ws://b:7420'];
    const given = ['0', 'ws://c:7420#0', 'ws://a:7420#x', 'ws://a:7420#1', 'ws://a:7420#1'];
    const { problems } = await problemsOf(
      ...ENDPOINT,
      ...two,
      ...given.flatMap((replica) => ['--replica', replica]),
    );
    expect(problems).toEqual([
      '--replica: expected one of ws://a:7420, ws://b:7420 and # before 0',
      '--replica: expected one of ws://a:7420, ws://b:7420 before # but received "ws://c:7420#0"',
      '--replica: expected indexes or UUIDs of GPUs, such as 0,1, but received "ws://a:7420#x"',
      '--replica: expected each GPU in one replica but received 1 again',
    ]);
    const lonely = await problemsOf(...ENDPOINT, '--replica', '0');
    expect(lonely.problems).toEqual(['--replica: expected --agent beside it']);
  });

  it('are refused all at once', async () => {
    const { problems } = await problemsOf(...ENDPOINT, '--agent', 'a:7420', '--agent', 'ws://u:p@b');
    expect(problems).toEqual([
      expect.stringContaining('--agent: Expected a ws:// or wss:// address'),
      expect.stringContaining('--agent: Expected an agent address without user'),
    ]);
    const lonely = await problemsOf(...ENDPOINT, '--agent-token', 'x');
    expect(lonely.problems).toEqual(['--agent-token: expected --agent beside it']);
  });
});

function flagsOf(...args: readonly string[]): RunFlags {
  return addRunFlags(new Command('run')).parse(args, { from: 'user' }).opts<RunFlags>();
}

function configOf(...args: readonly string[]): Promise<RunConfig> {
  return loadRunConfig(flagsOf(...args), {});
}

async function problemsOf(...args: readonly string[]): Promise<UsageError> {
  const thrown: unknown = await configOf(...args).catch((reason: unknown) => reason);
  if (thrown instanceof UsageError) return thrown;
  throw new Error(`Expected a UsageError but received ${String(thrown)}`);
}
