import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import {
  attachTelemetryServer,
  CLOCK_PATH,
  type AgentDescription,
  type TelemetryListener,
} from '@fluidscope/telemetry-link';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** How far the agent's clock is ahead of this machine's. */
export const AHEAD_NS = 7_000_000_000n;

export interface ServedAgent {
  readonly url: string;
  /** One sample read now. Returns when that was, on this machine's CLOCK_MONOTONIC. */
  sample(known: { readonly gpuIndex: number; readonly metricId: number; readonly value: number }): bigint;
  lose(count: number): void;
  cut(): void;
  stop(): Promise<void>;
}

/** An agent on loopback whose samples a test makes, its clock apart from this machine's; gone with the test. */
export async function serveAgent(
  agentId = 'node-1-0a1b2c3d',
  { port = 0, hasClock = true }: { readonly port?: number; readonly hasClock?: boolean } = {},
): Promise<ServedAgent> {
  const listeners = new Set<TelemetryListener>();
  const sockets = new Set<Socket>();
  const httpServer = createServer();
  httpServer.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const monoNowNs = (): bigint => process.hrtime.bigint() + AHEAD_NS;
  const server = attachTelemetryServer({
    httpServer,
    monoNowNs,
    authorise: ({ headers, url }) =>
      headers.authorization === 'Bearer secret' && (hasClock || url !== CLOCK_PATH),
    originAllowed: () => false,
    source: {
      describe: () => descriptionOf(agentId),
      subscribe: (listener) => {
        listeners.add(listener);
        return { [Symbol.dispose]: () => listeners.delete(listener) };
      },
    },
  });
  await new Promise<void>((resolve) => httpServer.listen(port, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const stop = async (): Promise<void> => {
    server.close();
    cut();
    await new Promise((resolve) => httpServer.close(resolve));
  };
  onTestFinished(stop);
  return {
    url: `ws://127.0.0.1:${(httpServer.address() as AddressInfo).port}`,
    cut,
    stop,
    sample: (known) => {
      const atNs = process.hrtime.bigint();
      const records = recordOf(atNs + AHEAD_NS, known);
      for (const listener of listeners) listener.onRecords(records);
      return atNs;
    },
    lose: (count) => {
      const span = { fromMonoNs: monoNowNs() - 1_000n, toMonoNs: monoNowNs() };
      for (const listener of listeners) listener.onLoss({ reason: 'ring_overrun', count, ...span });
    },
  };
}

function recordOf(
  monoNs: bigint,
  known: { readonly gpuIndex: number; readonly metricId: number; readonly value: number },
): Buffer {
  const record = Buffer.alloc(SAMPLE_RECORD_BYTES);
  record.writeBigUInt64LE(monoNs, 0);
  record.writeUInt32LE(4_000, 8);
  record.writeUInt16LE(known.gpuIndex, 12);
  record.writeUInt16LE(known.metricId, 14);
  record.writeDoubleLE(known.value, 16);
  record.writeUInt32LE(1, 24);
  return record;
}

function descriptionOf(agentId: string): AgentDescription {
  return {
    agent_id: agentId,
    hostname: 'node-1',
    versions: {},
    gpu_source: { kind: 'nvml', state: 'ready', detail: '' },
    gpus: [{ index: 0, uuid: 'GPU-1', name: 'H100', state: 'ready', absent: [], metrics: [] }],
  };
}
