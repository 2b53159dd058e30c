import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CORES, pinned } from './pinned.mjs';

export const FLUIDSCOPE = fileURLToPath(new URL('../../apps/cli/bin/fluidscope.js', import.meta.url));
export const MODEL = 'sim';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const CERTIFICATE = '../../packages/llm-client/src/testing/tls';

/**
 * Starts `fluidscope sim` with exact schedules on a core of its own.
 *
 * @param {{ tokensPerS: number; truthFile?: string; tls?: boolean; network?: import('./lossy-network.mjs').LossyNetwork }} options
 * @returns {Promise<{ url: string; stop(): Promise<void> }>}
 */
export async function startSimulator({ tokensPerS, truthFile, tls = false, network }) {
  const schedule = ['--profile', 'fixed', '--ttft', '100ms', '--tbt', `${1000 / tokensPerS}ms`];
  const truth = truthFile === undefined ? [] : ['--truth', truthFile];
  const [program = '', ...args] = pinned(CORES.server, [
    ...(network?.serverCommand ?? []),
    ...[process.execPath, ...(tls ? ['--import', file('tls-server.mjs')] : [])],
    ...[FLUIDSCOPE, 'sim', '--port', '0', '--json', '--model', MODEL],
    ...[
      ...schedule,
      ...truth,
      ...(network === undefined ? [] : ['--host', network.serverAddress, '--allow-remote']),
    ],
  ]);
  const child = spawn(program, args, {
    env: {
      ...process.env,
      TLS_CERT: file(`${CERTIFICATE}/server-cert.pem`),
      TLS_KEY: file(`${CERTIFICATE}/server-key.pem`),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([status]) =>
      Promise.reject(new Error(`fluidscope sim exited with ${status} before it listened`)),
    ),
  ]);
  return {
    url: tls ? JSON.parse(line).url.replace('http:', 'https:') : JSON.parse(line).url,
    async stop() {
      child.kill('SIGINT');
      const [status] = await exited;
      if (status !== 0) throw new Error(`fluidscope sim exited with ${status}: its truth may not be whole`);
    },
  };
}
