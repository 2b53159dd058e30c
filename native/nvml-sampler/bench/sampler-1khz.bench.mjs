import { VENV_PYTHON } from './venv-python.mjs';

export default {
  name: 'sampler-1khz',
  about:
    'The fast tier of 8 GPUs at 1 kHz: lateness of its wake-ups beside a bare clock_nanosleep loop, and pynvml polling the same library.',
  prepare: ['node', 'prepare-sampler.mjs'],
  contenders: [
    { name: 'fluidscope', command: ['node', 'sample-1khz.mjs'] },
    { name: 'bare-loop', command: ['node', 'run-prepared.mjs', 'bare-loop'] },
    { name: 'pynvml', command: ['node', 'run-prepared.mjs', 'pynvml'], requires: `${VENV_PYTHON}:pynvml` },
  ],
  figures: [
    { key: 'late_p50_us', unit: 'µs', better: 'lower', ratioTo: 'bare-loop' },
    { key: 'late_p99_us', unit: 'µs', better: 'lower', ratioTo: 'bare-loop' },
    { key: 'records_per_s', unit: 'records/s', better: 'higher' },
    { key: 'cpu_beyond_calls_pct', unit: '% of a core', better: 'lower' },
    { key: 'overruns', unit: 'records', better: 'lower' },
    { key: 'rss_growth_bytes', unit: 'bytes', better: 'lower' },
  ],
  aims: [
    { contender: 'fluidscope', figure: 'late_p99_us', ratioTo: 'bare-loop', atLeast: 1 / 1.2 },
    { contender: 'fluidscope', figure: 'cpu_beyond_calls_pct', atMost: 3 },
    { contender: 'fluidscope', figure: 'overruns', atMost: 0 },
  ],
  repeats: 3,
};
