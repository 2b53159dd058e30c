// Fluidity-index and fluid token generation rate over 1 M tokens, beside straightforward Python of the same definitions.
//
// By hand, with DIR an empty folder:
//
//   BENCH_DIR=DIR node token-timings.mjs
//   BENCH_DIR=DIR node fluidity.mjs       (needs the package built: npm run build)
//   BENCH_DIR=DIR python3 fluidity.py
export default {
  name: 'metrics-1m-tokens',
  about:
    'Fluidity-index and fluid token generation rate over 1 M tokens in about 5,000 requests; equal results.',
  prepare: ['node', 'token-timings.mjs'],
  contenders: [
    { name: 'fluidscope', command: ['node', 'fluidity.mjs'] },
    { name: 'python', command: ['python3', 'fluidity.py'], requires: 'python3' },
  ],
  figures: [
    { key: 'tokens_per_s', unit: 'tokens/s', better: 'higher', ratioTo: 'python' },
    { key: 'first_pass_tokens_per_s', unit: 'tokens/s', better: 'higher', ratioTo: 'python' },
  ],
  aims: [{ contender: 'fluidscope', figure: 'tokens_per_s', ratioTo: 'python', atLeast: 200 }],
  repeats: 3,
};
