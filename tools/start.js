// @ts-check
/**
 * `npm start`: a simulated engine on two simulated GPUs, of which one has its power limit lowered for a while; an agent that samples them; a
 * load; the diagnosis, and all of it as one page. Ordinary commands, printed as they are run, so that what they show can be had of any other endpoint.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);
const program = fileURLToPath(new URL('node_modules/.bin/fluidscope', ROOT));
const LIBRARY = 'native/nvml-sim/build/Release/libnvidia-ml.so.1';
const SAMPLER = 'native/nvml-sampler/build/Release/nvml-sampler.node';
const SIM = ['sim', '--scenario', 'tools/start-scenario.yaml', '--port', '0', '--json', '--quiet'];
const AGENT = ['agent', '--listen', '127.0.0.1:0', '--calibration', '0ms', '--json', '--quiet'];
const LOAD = ['--request-rate', '4', '--duration', '30s', '--isl', '600', '--osl', '100', '--ignore-eos'];
const DEADLINES = ['--ttft-deadline', '500ms', '--tbt-deadline', '28ms'];
const TRACE = 'fluidscope-start.duckdb';
const PAGE = 'fluidscope-start.html';
const QUERY = 'SELECT cause, count(*), sum(missed_count) FROM episodes GROUP BY ALL';

/** @type {import('node:child_process').ChildProcess[]} */
const servers = [];

process.chdir(fileURLToPath(ROOT));
// Ctrl-C reaches the commands too; the load then prints what it has, and this waits for it.
process.on('SIGINT', () => {});
try {
  process.exitCode = await main();
} finally {
  for (const child of servers.toReversed()) child.kill('SIGTERM');
}

/** @returns {Promise<number>} the exit status of the load, or of the page */
async function main() {
  const { url = '', model = '', gpu_state: state = '' } = await serve(SIM);
  const watched = ['--server-metrics', 'auto', ...(await agentFlags(state))];
  const run = start(
    [
      ...['run', '--url', url, '--model', model, ...LOAD, ...DEADLINES, ...watched],
      ...['--output', TRACE, '--overwrite'],
    ],
    'inherit',
  );
  const [status] = await once(run, 'exit');
  if (status !== 0) return status ?? 1;
  console.log(`Ask it in SQL: duckdb ${TRACE} "${QUERY}"`);
  const [reported] = await once(start(['report', TRACE, '-o', PAGE, '--force'], 'inherit'), 'exit');
  return reported ?? 1;
}

/** @param {string} state @returns {Promise<string[]>} what makes the run record the GPUs; empty without the native parts */
async function agentFlags(state) {
  const missing = [LIBRARY, SAMPLER].filter((path) => !existsSync(path));
  if (missing.length > 0) {
    console.log(
      `No agent is started: ${missing.join(' and ')} not built (npm run build; it needs CMake and g++). The diagnosis then cannot see the GPUs, and says so.`,
    );
    return [];
  }
  const env = { FLUIDSCOPE_NVML_LIBRARY: LIBRARY, FLUIDSCOPE_NVML_SIM_STATE: state };
  const { url = '' } = await serve(AGENT, env);
  return ['--agent', url.replace('http', 'ws')];
}

/** @param {string[]} args @param {Record<string, string>} [env] @returns {Promise<Record<string, string>>} what the server says of itself */
async function serve(args, env) {
  const child = start(args, ['ignore', 'pipe', 'inherit'], env);
  servers.push(child);
  return JSON.parse(await firstLine(child));
}

/** @param {string[]} args @param {import('node:child_process').StdioOptions} stdio @param {Record<string, string>} [env] */
function start(args, stdio, env = {}) {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  console.log(`$ ${variables.join('')}npx fluidscope ${args.join(' ')}`);
  return spawn(process.execPath, [program, ...args], { stdio, env: { ...process.env, ...env } });
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<string>} */
async function firstLine({ stdout }) {
  if (stdout === null) throw new Error('Expected a pipe on stdout but received none');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('Expected the address of a server but it ended without one');
}
