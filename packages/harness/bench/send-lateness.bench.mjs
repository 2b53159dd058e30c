// How late a timer calls, and what waiting for it costs, on the arrivals of a Poisson load: the harness's own wait beside a
// sleep alone and beside turning the loop all the time.
//
// By hand (needs the package built: npm run build):
//
//   node send-lateness.mjs on_time 100
//
// On a machine with other work the tail is that of its scheduler, alike for all.
const contender = (name, how) => ({ name, command: ['node', 'send-lateness.mjs', how, '100'] });

export default {
  name: 'send-lateness',
  about:
    'Lateness of 1,000 Poisson arrivals at 100 a second against the absolute schedule, and CPU while waiting.',
  contenders: [
    contender('fluidscope', 'on_time'),
    contender('sleep alone', 'sleep'),
    contender('turning the loop', 'turn'),
  ],
  figures: [
    { key: 'lateness_p50_us', unit: 'us', better: 'lower', ratioTo: 'sleep alone' },
    { key: 'lateness_p90_us', unit: 'us', better: 'lower', ratioTo: 'sleep alone' },
    { key: 'lateness_p99_us', unit: 'us', better: 'lower', ratioTo: 'sleep alone' },
    { key: 'cpu_share_of_core', unit: 'of a core', better: 'lower', ratioTo: 'turning the loop' },
  ],
  aims: [
    { contender: 'fluidscope', figure: 'lateness_p99_us', atMost: 1_000 },
    { contender: 'fluidscope', figure: 'cpu_share_of_core', atMost: 0.05 },
  ],
  repeats: 3,
};
