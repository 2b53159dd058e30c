// What a minute of about 30 streams on two GPUs costs in virtual time: alone as in a replay, and recorded as a trace in memory.
//
// By hand, needing the package built:
//
//   node virtual-run.mjs replay
//   node virtual-run.mjs recorded
export default {
  name: 'virtual-run',
  about:
    '60 s of about 30 streams on two GPUs in virtual time; a replay as the truth makes it, and a run with all telemetry.',
  contenders: [
    { name: 'recorded', command: ['node', 'virtual-run.mjs', 'recorded'] },
    { name: 'replay', command: ['node', 'virtual-run.mjs', 'replay'] },
  ],
  figures: [
    { key: 'warm_run_s', unit: 's', better: 'lower', ratioTo: 'recorded' },
    { key: 'first_run_s', unit: 's', better: 'lower' },
    { key: 'peak_rss_bytes', unit: 'bytes', better: 'lower' },
  ],
  aims: [{ contender: 'recorded', figure: 'warm_run_s', atMost: 1 }],
  repeats: 3,
};
