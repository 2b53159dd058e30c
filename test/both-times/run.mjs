// One scenario in virtual time and in real time, side by side: `npm run both-times` (see README.md). Needs everything built.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/fluidscope.js', import.meta.url));
const LIBRARY = fileURLToPath(
  new URL('../../native/nvml-sim/build/Release/libnvidia-ml.so.1', import.meta.url),
);
const SEED = '7';
const DURATION_S = 24;
const ADDRESS = /http:\/\/[\d.:]+/;
/** A token that the server wrote later than this was not written as the scenario has it. */
const LATE_NS = 20_000_000n;

const LOAD_FLAGS = ['--request-rate', '4', '--arrival-pattern', 'constant', '--isl', '600', '--osl', '100'];
const ENGINE = `
duration: ${DURATION_S}s
engine: { profile: a100-llama3-8b, max_num_batched_tokens: 512, max_model_len: 32768, prefix_caching: false }
gpus: { board: a100, per_replica: 2 }
load: { arrivals: { kind: constant, rate: 4 }, prompt_tokens: 600, output_tokens: 100 }
`;

/** What each run is held to, and what befalls it. */
const CASES = [
  { name: 'nothing', ttftMs: 500, tbtMs: 28, faults: '' },
  { name: 'nothing, tighter deadlines', ttftMs: 60, tbtMs: 21, faults: '' },
  {
    name: 'power limit of one GPU',
    ttftMs: 500,
    tbtMs: 28,
    faults: '{ kind: power_limit, id: limit, at: 8s, for: 10s, watts: 100, gpu: 1 }',
  },
  {
    name: 'engine paused',
    ttftMs: 500,
    tbtMs: 28,
    faults: '{ kind: engine_pause, id: pause, at: 6s, every: 5s, pause: 900ms }',
  },
  {
    name: 'tokens sent 20 at a time',
    ttftMs: 500,
    tbtMs: 21,
    faults: '{ kind: tokens_per_chunk, id: interval, at: 4s, for: 16s, tokens: 20 }',
  },
  { name: 'steps slower', ttftMs: 500, tbtMs: 21, faults: '{ kind: step_time, id: slow, factor: 1.5 }' },
];

process.exitCode = await main();

async function main() {
  if (!existsSync(LIBRARY)) {
    console.error('Expected the native parts built but found none. Build them with npm run build.');
    return 2;
  }
  const rows = [];
  for (const each of CASES) {
    const folder = await mkdtemp(join(tmpdir(), 'both-times-'));
    try {
      rows.push(rowOf(each, await inVirtualTime(each, folder), await inRealTime(each, folder)));
      process.stderr.write(`${rows.length} of ${CASES.length}\n`);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `Printed by \`npm run both-times\` on ${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}, load average ${load.join(', ')}.\n`,
  );
  const head = ['what befalls the engine', 'time', 'missed', 'fluidity-index', 'laid to', 'written late'];
  for (const cells of [head, head.map(() => '---'), ...rows.flat()]) console.log(`| ${cells.join(' | ')} |`);
  return 0;
}

function rowOf({ name }, virtual, real) {
  return [
    [name, 'virtual', ...cellsOf(virtual.diagnosis), '-'],
    ['', 'real', ...cellsOf(real.diagnosis), `${(100 * real.lateRatio).toFixed(1)} %`],
  ];
}

function cellsOf({ missed_deadlines, total_deadlines, fluidity_index, findings }) {
  const laidTo = findings
    .filter(({ missed_ratio }) => missed_ratio >= 0.05)
    .map(({ cause, missed_ratio }) => `\`${cause}\` ${Math.round(100 * missed_ratio)} %`);
  return [`${missed_deadlines} of ${total_deadlines}`, fluidity_index.toFixed(4), laidTo.join(', ') || '-'];
}

async function scenarioFile({ name, ttftMs, tbtMs, faults }, folder) {
  const path = join(folder, 'scenario.yaml');
  const deadlines = `deadlines: { ttft: ${ttftMs}ms, tbt: ${tbtMs}ms }`;
  await writeFile(path, `name: '${name}'\n${deadlines}\n${ENGINE}faults: [${faults}]\n`);
  return path;
}

async function inVirtualTime(each, folder) {
  const scenario = await scenarioFile(each, folder);
  const trace = join(folder, 'virtual.duckdb');
  await ended(started(['sim', '--scenario', scenario, '--virtual', '--seed', SEED, '-o', trace, '--quiet']));
  const { stdout } = await ended(started(['diagnose', trace, '--json', '--quiet']));
  return { diagnosis: JSON.parse(stdout) };
}

async function inRealTime(each, folder) {
  const [scenario, truth, state] = [
    await scenarioFile(each, folder),
    join(folder, 'truth.csv'),
    join(folder, 'gpus'),
  ];
  const flags = ['--model', 'm', '--port', '0', '--scenario', scenario, '--seed', SEED];
  const sim = started(['sim', ...flags, '--gpu-state', state, '--truth', truth]);
  const running = [sim];
  try {
    const url = await printed(sim, ADDRESS);
    const agent = started(
      ['agent', '--listen', '127.0.0.1:0', '--calibration', '0ms', '--no-nvidia-smi', '--json', '--quiet'],
      { FLUIDSCOPE_NVML_LIBRARY: LIBRARY, FLUIDSCOPE_NVML_SIM_STATE: state },
    );
    running.push(agent);
    const agentUrl = (await printed(agent, ADDRESS)).replace('http', 'ws');
    const { stdout } = await ended(
      started([
        ...['run', '-u', url, '-m', 'm', ...LOAD_FLAGS, '--ignore-eos', '--duration', `${DURATION_S}s`],
        ...['--ttft-deadline', `${each.ttftMs}ms`, '--tbt-deadline', `${each.tbtMs}ms`],
        ...['--server-metrics', 'auto', '--agent', agentUrl, '-o', join(folder, 'real.duckdb')],
        ...['--seed', SEED, '--quiet', '--json'],
      ]),
    );
    await stop(running);
    return { diagnosis: JSON.parse(stdout).diagnosis, lateRatio: await lateRatioOf(truth) };
  } finally {
    await stop(running);
  }
}

/** Of all tokens, by the server's own log, which is complete once it has ended. */
async function lateRatioOf(truth) {
  const [header, ...lines] = (await readFile(truth, 'utf8')).trim().split('\n');
  const [due, written] = ['due_mono_ns', 'write_mono_ns'].map((name) => header.split(',').indexOf(name));
  const late = lines.filter((line) => {
    const cells = line.split(',');
    return BigInt(cells[written]) - BigInt(cells[due]) > LATE_NS;
  });
  return late.length / lines.length;
}

function started(args, env = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const command = { child, args, stdout: '', stderr: '', isClosed: false };
  child.stdout.on('data', (bytes) => (command.stdout += bytes.toString()));
  child.stderr.on('data', (bytes) => (command.stderr += bytes.toString()));
  command.closed = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      command.isClosed = true;
      resolve(status);
    });
  });
  return command;
}

async function ended(command) {
  const status = await command.closed;
  if (status !== 0)
    throw new Error(`fluidscope ${command.args.join(' ')} exited with ${status}: ${command.stderr}`);
  return command;
}

async function printed(command, pattern) {
  while (!pattern.test(command.stdout)) {
    if (command.isClosed)
      throw new Error(`fluidscope ${command.args.join(' ')} ended without ${pattern}: ${command.stderr}`);
    await Promise.race([
      command.closed,
      new Promise((resolve) => command.child.stdout.once('data', resolve)),
    ]);
  }
  return pattern.exec(command.stdout)[0];
}

async function stop(running) {
  for (const each of running.toReversed()) {
    if (!each.isClosed) each.child.kill('SIGTERM');
    await each.closed;
  }
}
