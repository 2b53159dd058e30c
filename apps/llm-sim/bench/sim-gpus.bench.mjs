/** What simulating and publishing GPUs costs the server's process, beside the timers that drive it. */
export default {
  name: 'sim-gpus',
  about:
    'Eight simulated GPUs under back-to-back decode steps: share of a core and growth of memory over 20 s, beside the timers that drive them; and the same work of 120 s without a wake-up between.',
  contenders: [
    { name: '8 GPUs', command: ['node', '--expose-gc', 'sim-gpus.mjs', '8'] },
    { name: '8 GPUs with truth', command: ['node', '--expose-gc', 'sim-gpus.mjs', '8', 'truth'] },
    { name: '8 GPUs without wake-ups', command: ['node', '--expose-gc', 'sim-gpus-hot.mjs'] },
    { name: 'timers alone', command: ['node', '--expose-gc', 'sim-gpus.mjs', '0'] },
  ],
  figures: [
    { key: 'core_pct', unit: '%', better: 'lower' },
    { key: 'heap_growth_bytes', unit: 'bytes', better: 'lower' },
  ],
  aims: [{ contender: '8 GPUs', figure: 'core_pct', atMost: 2 }],
  repeats: 3,
};
