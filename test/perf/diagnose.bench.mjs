// What a diagnosis costs by the length of the run: 0.1 M and 1 M tokens with 8 GPUs, a minute and ten; with DIAGNOSE_10M=1 also ten engines at once.
//
// By hand, with DIR an empty folder, needing everything built:
//
//   BENCH_DIR=DIR node write-diagnose-traces.mjs 1
//   BENCH_DIR=DIR node diagnose-trace.mjs 1
const millions = process.env.DIAGNOSE_10M === undefined ? ['0.1', '1'] : ['0.1', '1', '10'];
const name = (million) => `${million} M tokens`;

export default {
  name: 'diagnose',
  about:
    'fluidscope diagnose on a trace on disk: virtual runs on 8 GPUs, with pauses of the engine and a low power limit. Tokens a second are to stay the same.',
  prepare: ['node', 'write-diagnose-traces.mjs', ...millions],
  contenders: millions.map((million) => ({
    name: name(million),
    command: ['node', 'diagnose-trace.mjs', million],
  })),
  figures: [
    { key: 'tokens_per_s', unit: 'tokens/s', better: 'higher', ratioTo: name('0.1') },
    { key: 'wall_s', unit: 's', better: 'lower' },
    { key: 'peak_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'episodes', unit: '', better: 'higher' },
  ],
  aims: [
    { contender: name('1'), figure: 'wall_s', atMost: 10 },
    { contender: name('1'), figure: 'peak_rss_bytes', atMost: 2 ** 30 },
  ],
  repeats: 3,
  timeoutS: 900,
};
