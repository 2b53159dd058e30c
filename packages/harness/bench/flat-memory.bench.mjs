// Memory that the harness holds while 1,000 streams run, early and late in the run, without client and trace.
//
// By hand (needs the package built: npm run build):
//
//   node --expose-gc flat-memory.mjs 60
export default {
  name: 'harness-flat-memory',
  about:
    '1,000 streams of 50 tokens/s for a minute in a closed loop: what is held after a full collection, from when every buffer has its size.',
  contenders: [{ name: 'fluidscope', command: ['node', '--expose-gc', 'flat-memory.mjs', '60'] }],
  figures: [
    { key: 'held_after_30_s_bytes', unit: 'bytes', better: 'lower' },
    { key: 'held_at_the_end_bytes', unit: 'bytes', better: 'lower' },
    { key: 'growth_bytes', unit: 'bytes', better: 'lower' },
    { key: 'cpu_us_per_token', unit: 'us', better: 'lower' },
  ],
  aims: [{ contender: 'fluidscope', figure: 'growth_bytes', atMost: 2 ** 20 }],
  repeats: 1,
};
