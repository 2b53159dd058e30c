// Runs the bare loop or the Python poller with the library that was prepared.
import { spawnSync } from 'node:child_process';
import { VENV_PYTHON } from './venv-python.mjs';
import { simulatedGpus } from './simulated-gpus.mjs';

const { seconds, gpus } = simulatedGpus();
const folder = process.env.BENCH_DIR;
const [program, ...args] =
  process.argv[2] === 'pynvml'
    ? [VENV_PYTHON, 'poll_pynvml.py', `${seconds}`, `${gpus}`]
    : [`${folder}/bare-loop`, `${seconds}`];
const { status } = spawnSync(program, args, {
  stdio: 'inherit',
  env: { ...process.env, LD_LIBRARY_PATH: folder },
});
process.exitCode = status ?? 1;
