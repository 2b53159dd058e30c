import { VENV_PYTHON } from './venv-python.mjs';

export default {
  name: 'agent-1khz',
  about:
    'The whole agent with a reader of its stream, 8 simulated GPUs, fast tier at 1 kHz, SAMPLER_BENCH_SECONDS (60) each; beside it a bare clock_nanosleep loop and pynvml on the same library. free-calls: on a library whose calls cost nothing, so that the agent’s own CPU is seen without a difference of two clocks.',
  prepare: ['node', 'agent/prepare-agent.mjs'],
  contenders: [
    { name: 'agent', command: ['node', 'agent/measure-agent.mjs'] },
    { name: 'gpus-only', command: ['node', 'agent/measure-agent.mjs', 'gpus-only'] },
    { name: 'free-calls', command: ['node', 'agent/measure-agent.mjs', 'gpus-only', 'free-calls'] },
    { name: 'bare-loop', command: ['node', 'agent/run-beside.mjs', 'bare-loop'] },
    {
      name: 'pynvml',
      command: ['node', 'agent/run-beside.mjs', 'pynvml'],
      requires: `${VENV_PYTHON}:pynvml`,
    },
  ],
  figures: [
    { key: 'late_p50_us', unit: 'µs', better: 'lower', ratioTo: 'bare-loop' },
    { key: 'late_p99_us', unit: 'µs', better: 'lower', ratioTo: 'bare-loop' },
    { key: 'samples_per_s', unit: 'samples/s', better: 'higher', ratioTo: 'pynvml' },
    { key: 'lost_samples', unit: 'samples', better: 'lower' },
    { key: 'missed_slots_pct', unit: '% of slots', better: 'lower' },
    { key: 'cpu_inside_calls_pct', unit: '% of a core', better: 'lower' },
    { key: 'cpu_beyond_calls_pct', unit: '% of a core', better: 'lower', ratioTo: 'bare-loop' },
    { key: 'cpu_sampler_beyond_calls_pct', unit: '% of a core', better: 'lower' },
    { key: 'cpu_main_thread_pct', unit: '% of a core', better: 'lower' },
    { key: 'cpu_other_threads_pct', unit: '% of a core', better: 'lower' },
    { key: 'wire_bytes_per_sample', unit: 'bytes', better: 'lower' },
    { key: 'rss_slope_kib_per_min', unit: 'KiB/min', better: 'lower' },
    { key: 'rss_mib', unit: 'MiB', better: 'lower' },
  ],
  aims: [
    { contender: 'agent', figure: 'lost_samples', atMost: 0 },
    { contender: 'agent', figure: 'late_p99_us', ratioTo: 'bare-loop', atLeast: 1 / 1.2 },
    { contender: 'agent', figure: 'cpu_beyond_calls_pct', atMost: 3 },
    { contender: 'free-calls', figure: 'cpu_beyond_calls_pct', atMost: 3 },
  ],
  repeats: 3,
  timeoutS: 900,
};
