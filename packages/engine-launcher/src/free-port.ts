import { createServer } from 'node:net';

/**
 * A port of `host` that nobody listens on now. Another process may take it before the engine does: whoever starts one must look again
 * (`launchEngine` does).
 */
export function findFreePort(host: string): Promise<number> {
  return listenOnce(host, 0);
}

/** Whether nobody listens on `port`. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  try {
    await listenOnce(host, port);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE') return false;
    throw thrown;
  }
}

function listenOnce(host: string, port: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
