// @ts-check
/**
 * `npm start`: a simulated engine that prefills whole prompts first, so that streams stutter; a short load on it; the result.
 * Two ordinary commands, printed as they are run, so that what they show can be had of any other endpoint.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../node_modules/.bin/fluidscope', import.meta.url));
const SIM = ['sim', '--profile', 'a100-llama3-8b', '--policy', 'prefill-first', '--port', '0', '--json'];
const LOAD = ['--request-rate', '4', '--num-requests', '60', '--isl', '1500', '--osl', '100', '--ignore-eos'];
const DEADLINES = ['--ttft-deadline', '500ms', '--tbt-deadline', '30ms'];
const TRACE = 'fluidscope-start.duckdb';
const QUERY = 'SELECT request_id, ttft_ns, fluidity_index FROM requests ORDER BY fluidity_index LIMIT 5';

// Ctrl-C reaches both commands too; the load then prints what it has, and this waits for it.
process.on('SIGINT', () => {});
process.exitCode = await main();

/** @returns {Promise<number>} the exit status of the load */
async function main() {
  const sim = start(SIM, ['ignore', 'pipe', 'inherit']);
  try {
    const { url, model } = JSON.parse(await firstLine(sim));
    const run = start(
      ['run', '--url', url, '--model', model, ...LOAD, ...DEADLINES, '--output', TRACE, '--overwrite'],
      'inherit',
    );
    const [status] = await once(run, 'exit');
    if (status === 0) console.log(`\nAsk it in SQL: duckdb ${TRACE} "${QUERY}"`);
    return status ?? 1;
  } finally {
    sim.kill('SIGTERM');
  }
}

/** @param {string[]} args @param {import('node:child_process').StdioOptions} stdio */
function start(args, stdio) {
  console.log(`$ npx fluidscope ${args.join(' ')}`);
  return spawn(process.execPath, [program, ...args], { stdio });
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<string>} */
async function firstLine({ stdout }) {
  if (stdout === null) throw new Error('Expected a pipe on stdout but received none');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('Expected the address of the simulated engine but it ended without one');
}
