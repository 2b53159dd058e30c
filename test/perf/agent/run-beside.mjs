// The bare loop or the Python poller, for as long as the agent is measured.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { VENV_PYTHON } from '../venv-python.mjs';
import { simulatedGpus } from './simulated-gpus.mjs';

const { seconds, gpus } = simulatedGpus();
const folder = process.env.BENCH_DIR;
const poller = fileURLToPath(new URL('../../../native/nvml-sampler/bench/poll_pynvml.py', import.meta.url));
const [program, ...args] =
  process.argv[2] === 'pynvml'
    ? [VENV_PYTHON, poller, `${seconds}`, `${gpus}`]
    : [`${folder}/bare-loop`, `${seconds}`];
const { status } = spawnSync(program, args, {
  stdio: 'inherit',
  env: { ...process.env, LD_LIBRARY_PATH: folder },
});
process.exitCode = status ?? 1;
