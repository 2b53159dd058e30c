import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { isBuilt } from './built.js';
import { ScriptedServer } from './scripted-server.js';

it.skipIf(!isBuilt)(
  'a program that ran a load ends by itself: no timer, socket or thread is left',
  async () => {
    const server = await ScriptedServer.start(() => ({ kind: 'stream', gapsMs: [1, 1] }));
    try {
      const program = fileURLToPath(new URL('./run-and-leave.mjs', import.meta.url));
      // Killed, and so failed, when it is still there long after its load; its own limits are as long as this one.
      const { stdout } = await promisify(execFile)(process.execPath, [program, server.url], {
        timeout: 50_000,
      });
      expect(JSON.parse(stdout)).toEqual([
        ['finished', 10],
        ['finished', 10],
        ['finished', 10],
        ['finished', 10],
      ]);
    } finally {
      await server.close();
    }
  },
);

const keepsAlive: RequestListener = (request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'keep-alive': 'timeout=600' });
    response.end('data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n');
  });
};

const pem = (name: string): string =>
  readFileSync(
    new URL(`../../packages/llm-client/src/testing/tls/server-${name}.pem`, import.meta.url),
    'utf8',
  );

it.skipIf(!isBuilt)(
  'a program ends by itself with clients open and their connections idle, over kernel-stamped sockets and TLS too',
  async () => {
    const servers: readonly (readonly [scheme: string, server: Server])[] = [
      ['http', createPlainServer(keepsAlive)],
      ['https', createTlsServer({ key: pem('key'), cert: pem('cert') }, keepsAlive)],
    ];
    try {
      const urls: string[] = [];
      for (const [scheme, server] of servers) {
        server.keepAliveTimeout = 0;
        await once(server.listen(0, '127.0.0.1'), 'listening');
        urls.push(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
      }
      const program = fileURLToPath(new URL('./idle-and-leave.mjs', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [program, ...urls], { timeout: 50_000 });
      expect(JSON.parse(stdout)).toEqual(['ok', 'ok', 'ok', 'ok']);
    } finally {
      for (const [, server] of servers) {
        server.closeAllConnections();
        server.close();
      }
    }
  },
);
