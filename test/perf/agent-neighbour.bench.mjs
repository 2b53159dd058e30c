export default {
  name: 'agent-neighbour',
  about:
    'What the agent takes from a process that wants every core: a fixed amount of arithmetic on all cores, without an agent, and beside one at 100 Hz and at 1 kHz over 8 simulated GPUs (whose calls are part of it), with a reader of its stream.',
  contenders: [
    { name: 'alone', command: ['node', 'agent/measure-neighbour.mjs'] },
    { name: 'agent-100hz', command: ['node', 'agent/measure-neighbour.mjs', '100'] },
    { name: 'agent-1khz', command: ['node', 'agent/measure-neighbour.mjs', '1000'] },
  ],
  figures: [
    { key: 'neighbour_rounds_per_s', unit: 'rounds/s', better: 'higher', ratioTo: 'alone' },
    { key: 'neighbour_round_p99_ms', unit: 'ms', better: 'lower', ratioTo: 'alone' },
    { key: 'agent_cpu_pct', unit: '% of a core', better: 'lower' },
    { key: 'inside_calls_pct', unit: '% of a core', better: 'lower' },
  ],
  aims: [{ contender: 'agent-100hz', figure: 'neighbour_rounds_per_s', ratioTo: 'alone', atLeast: 0.97 }],
  repeats: 5,
};
