import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CORES, pinned } from './pinned.mjs';

/**
 * Runs a command on the client's core and gives what it printed; throws when it fails.
 *
 * @param {readonly string[]} command
 * @param {Readonly<Record<string, string>>} [env] beside this process's own
 */
export async function runPinned(command, env = {}) {
  const [program = '', ...args] = pinned(CORES.client, command);
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command.join(' ')} exited with ${status}`);
  return printed;
}
