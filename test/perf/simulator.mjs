import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CORES, pinned } from './pinned.mjs';

export const FLUIDSCOPE = fileURLToPath(new URL('../../apps/cli/bin/fluidscope.js', import.meta.url));
export const MODEL = 'sim';

/**
 * Starts `fluidscope sim` with exact schedules on a core of its own.
 *
 * @param {{ tokensPerS: number; truthFile?: string }} options
 * @returns {Promise<{ url: string; stop(): Promise<void> }>}
 */
export async function startSimulator({ tokensPerS, truthFile }) {
  const schedule = ['--profile', 'fixed', '--ttft', '100ms', '--tbt', `${1000 / tokensPerS}ms`];
  const truth = truthFile === undefined ? [] : ['--truth', truthFile];
  const [program = '', ...args] = pinned(CORES.server, [
    ...[process.execPath, FLUIDSCOPE, 'sim', '--port', '0', '--json', '--model', MODEL],
    ...[...schedule, ...truth],
  ]);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([status]) =>
      Promise.reject(new Error(`fluidscope sim exited with ${status} before it listened`)),
    ),
  ]);
  return {
    url: JSON.parse(line).url,
    async stop() {
      child.kill('SIGINT');
      const [status] = await exited;
      if (status !== 0) throw new Error(`fluidscope sim exited with ${status}: its truth may not be whole`);
    },
  };
}
