import { messageOf, UsageError } from '@fluidscope/errors';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunMetrics } from './run-metrics.js';

/** Where a run's metrics are scraped. */
export interface MetricsPage {
  readonly url: string;
  /** Drops connections that Prometheus keeps open. */
  close(): Promise<void>;
}

/** Serves `GET /metrics` on a loopback address; throws a `UsageError` where that cannot be listened on. */
export async function serveMetrics(
  metrics: RunMetrics,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsPage> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method === 'GET' && path === '/metrics') void answer(metrics, response);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /metrics\n');
  });
  await listening(server, host, port);
  const { address, family, port: used } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${used}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer({ registry }: RunMetrics, response: ServerResponse): Promise<void> {
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType }).end(text);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new UsageError([
          `--metrics-listen: expected an address that can be listened on but received "${host}:${port}" (${messageOf(error)})`,
        ]),
      ),
    );
    server.listen(port, host, resolve);
  });
}
