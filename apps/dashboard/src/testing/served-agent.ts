import { attachTelemetryServer, type TelemetryListener } from '@fluidscope/telemetry-link';
import { gpuMetricByName, SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedAgent {
  readonly url: string;
  /** One sample read now. */
  sample(gpuIndex: number, metric: string, value: number): void;
  say(kind: string, text: string): void;
  stop(): Promise<void>;
}

/** An agent on loopback whose samples a test makes; the names of its GPUs are the test's. */
export async function serveAgent(agentId: string, gpuNames: readonly string[]): Promise<ServedAgent> {
  const listeners = new Set<TelemetryListener>();
  const httpServer = createServer();
  const server = attachTelemetryServer({
    httpServer,
    monoNowNs: () => process.hrtime.bigint(),
    authorise: () => true,
    originAllowed: () => false,
    source: {
      describe: () => ({
        agent_id: agentId,
        hostname: 'node-1',
        versions: {},
        gpu_source: { kind: 'nvml', state: 'ready', detail: '' },
        gpus: gpuNames.map((name, index) => ({
          index,
          uuid: `GPU-${index}`,
          name,
          state: 'ready',
          absent: [],
          metrics: [],
        })),
      }),
      subscribe: (listener) => {
        listeners.add(listener);
        return { [Symbol.dispose]: () => listeners.delete(listener) };
      },
    },
  });
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(httpServer.address() as AddressInfo).port}`,
    sample: (gpuIndex, metric, value) => {
      const record = Buffer.alloc(SAMPLE_RECORD_BYTES);
      record.writeBigUInt64LE(process.hrtime.bigint(), 0);
      record.writeUInt16LE(gpuIndex, 12);
      record.writeUInt16LE(gpuMetricByName(metric)?.id ?? 0, 14);
      record.writeDoubleLE(value, 16);
      record.writeUInt32LE(1, 24);
      for (const listener of listeners) listener.onRecords(record);
    },
    say: (kind, text) => {
      const event = { kind, source: 'host', monoNs: process.hrtime.bigint(), detail: { text } };
      for (const listener of listeners) listener.onEvent(event);
    },
    stop: async () => {
      server.close();
      httpServer.closeAllConnections();
      await new Promise((resolve) => httpServer.close(resolve));
    },
  };
}
