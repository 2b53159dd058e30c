export default {
  name: 'host-probes',
  about:
    'CPU that whole-host sampling takes at the default rates, over ten seconds, one process watched; beside it a process that only wakes as often.',
  contenders: [
    { name: 'fluidscope', command: ['node', 'host-probes-contender.mjs'] },
    { name: 'empty timer', command: ['node', 'empty-timer-contender.mjs'] },
  ],
  figures: [
    { key: 'core_pct', unit: '% of a core', better: 'lower' },
    { key: 'records_per_s', unit: 'records/s', better: 'lower' },
  ],
  aims: [{ contender: 'fluidscope', figure: 'core_pct', atMost: 1 }],
  repeats: 3,
};
