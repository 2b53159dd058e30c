import { STAMP_SOURCES, type Json, type TraceEvent } from '@fluidscope/trace-schema';
import { openTraceReader } from '@fluidscope/trace-store';
import { ArrivalSockets } from '@fluidscope/tcp-arrival';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FluidscopeProcess, fluidscope, startSim, type RunningSim } from './fluidscope-process.js';

const noKernelStamps = whyNoKernelStamps();
const kernelIt = it.skipIf(noKernelStamps !== undefined);

let folder: string;
let sim: RunningSim;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-stamps-'));
  sim = await startSim('--profile', 'fixed', '--ttft', '20ms', '--tbt', '5ms');
});
afterAll(async () => {
  await sim[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function whyNoKernelStamps(): string | undefined {
  const sockets = ArrivalSockets.open(process.hrtime.bigint());
  if (sockets instanceof ArrivalSockets) {
    sockets[Symbol.dispose]();
    return undefined;
  }
  if (process.env['FLUIDSCOPE_REQUIRE_NATIVE'] === '1') throw new Error(sockets.reason);
  console.log(`Skipped what needs kernel-stamped sockets: ${sockets.reason}`);
  return sockets.reason;
}

function runArgs(url: string, name: string, ...args: readonly string[]): string[] {
  const load = ['--isl', '16', '--osl', '10', '--ignore-eos', '--quiet'];
  return ['run', '-u', url, '-m', sim.model, '-o', join(folder, `${name}.duckdb`), ...load, ...args];
}

interface ReadStamps {
  readonly sources: ReadonlySet<string | undefined>;
  readonly errorsNs: readonly number[];
  readonly config: Json;
  readonly warnings: readonly TraceEvent[];
}

async function readStamps(name: string): Promise<ReadStamps> {
  const reader = await openTraceReader(join(folder, `${name}.duckdb`));
  try {
    const sources = new Set<string | undefined>();
    const errorsNs: number[] = [];
    for await (const { length, stampSource, errorNs } of reader.chunks()) {
      for (const source of stampSource.subarray(0, length)) sources.add(STAMP_SOURCES[source]);
      errorsNs.push(...errorNs.subarray(0, length));
    }
    const { config } = await reader.run();
    return { sources, errorsNs, config, warnings: await reader.events({ kind: 'warning' }) };
  } finally {
    await reader.close();
  }
}

kernelIt.each(['1', '3'])('stamps by the kernel unless told otherwise, with %s workers', async (workers) => {
  const name = `auto-${workers}`;
  const load = [
    '--request-rate',
    '100',
    '--num-requests',
    '12',
    '--workers',
    workers,
    '--stamp-source',
    'auto',
  ];
  const ended = await fluidscope(...runArgs(sim.url, name, ...load));
  expect(ended.status, ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/token times +kernel stamps, half known to within .*99\.9 % to within/);
  const { sources, errorsNs, config, warnings } = await readStamps(name);
  expect(sources).toEqual(new Set(['kernel']));
  expect(errorsNs.length).toBeGreaterThanOrEqual(12 * 10);
  for (const errorNs of errorsNs) expect(errorNs).toBeGreaterThanOrEqual(0);
  expect(config).toMatchObject({ stamp_source: { asked: 'auto', used: 'kernel' } });
  expect(warnings.filter(({ detail }) => JSON.stringify(detail).includes('user_stamps'))).toEqual([]);
});

it.each(['1', '2'])('stamps by the event loop when told to, with %s workers', async (workers) => {
  const name = `user-${workers}`;
  const load = [
    '--request-rate',
    '100',
    '--num-requests',
    '6',
    '--workers',
    workers,
    '--stamp-source',
    'user',
  ];
  const ended = await fluidscope(...runArgs(sim.url, name, ...load));
  expect(ended.status, ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/token times +user stamps/);
  const { sources, config } = await readStamps(name);
  expect(sources).toEqual(new Set(['user']));
  expect(config).toMatchObject({ stamp_source: { asked: 'user', used: 'user' } });
});

it('takes the source from the environment where no flag gives it', async () => {
  const args = runArgs(sim.url, 'environment', '--num-requests', '2');
  const ended = await new FluidscopeProcess(args, { FLUIDSCOPE_STAMP_SOURCE: 'user' }).finished;
  expect(ended.status, ended.stderr).toBe(0);
  expect((await readStamps('environment')).sources).toEqual(new Set(['user']));
});

it('refuses a source that there is not', async () => {
  const ended = await fluidscope(...runArgs(sim.url, 'none', '--stamp-source', 'moon'));
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain('--stamp-source');
});

/** A server that answers whatever comes with one token, and then never again, on connections that it never closes. */
async function startSilentServer(): Promise<{ url: string; openCount(): number } & AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.once('data', () => {
      const event = 'data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n';
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${event}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openCount: () => open.size,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it.each(['1', '2'])('ends by Ctrl-C with streams open, and closes them, with %s workers', async (workers) => {
  const server = await startSilentServer();
  try {
    const load = ['--concurrency', '4', '--num-requests', '50', '--drain', '200ms', '--workers', workers];
    const child = new FluidscopeProcess(runArgs(server.url, `open-${workers}`, ...load));
    while (server.openCount() < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { signal, status } = await child.finished;
    expect({ signal, status }).toEqual({ signal: null, status: 4 });
    while (server.openCount() > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
