// @ts-check
import { spawn, spawnSync } from 'node:child_process';

/** @typedef {import('./bench-file.js').Contender} Contender */
/** @typedef {{ readonly figures: Record<string, unknown> } | { readonly error: string }} Run */
/** @typedef {{ readonly cwd: string; readonly benchDir: string; readonly timeoutS: number }} Surroundings */

/**
 * Why a contender cannot run on this machine, or `undefined` when it can.
 *
 * @param {Contender} contender
 * @returns {string | undefined}
 */
export function whyNotRun({ requires = [] }) {
  const missing = (typeof requires === 'string' ? [requires] : requires).filter((each) => !isPresent(each));
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not found`;
}

/** @param {string} requirement a program, or `program:module` for one that answers to `-c "import module"` */
function isPresent(requirement) {
  const [program = '', module] = requirement.split(':');
  const args = module === undefined ? ['--version'] : ['-c', `import ${module}`];
  const { error, status } = spawnSync(program, args, { stdio: 'ignore' });
  return module === undefined ? error === undefined : status === 0;
}

/**
 * Runs a command in a fresh process and reads the figures from its last line.
 *
 * @param {readonly string[]} command
 * @param {Surroundings} surroundings
 * @returns {Promise<Run>}
 */
export async function runContender(command, surroundings) {
  const { error, stdout } = await runCommand(command, surroundings);
  if (error !== undefined) return { error };
  const lastLine = stdout.trim().split('\n').at(-1) ?? '';
  const figures = parseFigures(lastLine);
  return figures === undefined
    ? {
        error: `Expected one JSON object of figures as the last line but received "${lastLine.slice(0, 200)}"`,
      }
    : { figures };
}

/**
 * @param {readonly string[]} command
 * @param {Surroundings} surroundings
 * @returns {Promise<{ readonly error?: string; readonly stdout: string }>}
 */
export function runCommand([program = '', ...args], { cwd, benchDir, timeoutS }) {
  return new Promise((resolve) => {
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd,
      env: { ...process.env, BENCH_DIR: benchDir },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutS * 1000,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
    child.on('error', (thrown) => resolve({ error: thrown.message, stdout: '' }));
    child.on('close', (status, signal) => {
      const { stdout, stderr } = output;
      if (status === 0) return resolve({ stdout });
      const how =
        signal === null ? `exited with ${status}` : `ended by ${signal} (its limit is ${timeoutS} s)`;
      resolve({ error: `${how}\n${stderr.trim().slice(-4000)}`.trim(), stdout });
    });
  });
}

/** @param {string} line @returns {Record<string, unknown> | undefined} */
function parseFigures(line) {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
