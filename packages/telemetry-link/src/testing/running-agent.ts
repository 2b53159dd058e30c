import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  attachTelemetryServer,
  type TelemetryServer,
  type TelemetryServerOptions,
} from '../server/attach-telemetry-server.js';
import { ScriptedSource } from './scripted-source.js';

/** An uptime of a year. */
export const ORIGIN = 31_536_000_000_000_123n;

export interface RunningAgent {
  readonly source: ScriptedSource;
  readonly server: TelemetryServer;
  readonly port: number;
  readonly url: string;
  /** TCP connections that are open. */
  readonly connectionsCount: number;
  /** Resets every connection; the agent goes on. */
  cut(): void;
  stop(): Promise<void>;
}

type Given = Partial<Omit<TelemetryServerOptions, 'httpServer' | 'source'>> & {
  readonly port?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
};

/** A telemetry server on loopback, gone with the test. */
export async function startAgent({ port = 0, tls, ...given }: Given = {}): Promise<RunningAgent> {
  const listener: RequestListener = (_request, response) => response.writeHead(404).end();
  const httpServer: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const sockets = new Set<Socket>();
  httpServer.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const source = new ScriptedSource(ORIGIN);
  const startedNs = process.hrtime.bigint();
  const server = attachTelemetryServer({
    httpServer,
    source,
    monoNowNs: () => ORIGIN + (process.hrtime.bigint() - startedNs),
    authorise: () => true,
    originAllowed: () => false,
    ...given,
  });
  await listening(httpServer, port);
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const stop = async (): Promise<void> => {
    server.close();
    cut();
    await new Promise((resolve) => httpServer.close(resolve));
  };
  onTestFinished(stop);
  const bound = (httpServer.address() as AddressInfo).port;
  return {
    source,
    server,
    get connectionsCount() {
      return sockets.size;
    },
    port: bound,
    url: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${bound}`,
    cut,
    stop,
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
