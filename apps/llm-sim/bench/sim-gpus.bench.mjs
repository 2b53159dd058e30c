/** What simulating and publishing GPUs costs the server's process, beside the timers that drive it. */
export default {
  name: 'sim-gpus',
  about: 'Eight simulated GPUs under back-to-back decode steps for 20 s: share of a core, growth of memory.',
  contenders: [
    { name: '8 GPUs', command: ['node', '--expose-gc', 'sim-gpus.mjs', '8'] },
    { name: '8 GPUs with truth', command: ['node', '--expose-gc', 'sim-gpus.mjs', '8', 'truth'] },
    { name: 'timers alone', command: ['node', '--expose-gc', 'sim-gpus.mjs', '0'] },
  ],
  figures: [
    { key: 'core_pct', unit: '%', better: 'lower' },
    { key: 'heap_growth_bytes', unit: 'bytes', better: 'lower' },
  ],
  aims: [{ contender: '8 GPUs', figure: 'core_pct', atMost: 2 }],
  repeats: 3,
};
