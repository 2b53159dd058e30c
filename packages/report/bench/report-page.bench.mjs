// How long the page of a million tokens on 8 GPUs takes to make and, where there is a Chromium, to open, and how large it is.
//
// By hand, needing the package built; the argument keeps the page:
//
//   node million-tokens.mjs page.html
export default {
  name: 'report-page',
  about: 'The page of 1 M tokens x 8 GPUs, from a trace in memory and its diagnosis.',
  contenders: [{ name: 'fluidscope', command: ['node', 'million-tokens.mjs'] }],
  figures: [
    { key: 'page_s', unit: 's', better: 'lower' },
    { key: 'page_bytes', unit: 'bytes', better: 'lower' },
    { key: 'open_s', unit: 's', better: 'lower' },
    { key: 'open_cpu_s', unit: 's of CPU, main thread', better: 'lower' },
  ],
  aims: [
    { contender: 'fluidscope', figure: 'page_bytes', atMost: 5_000_000 },
    { contender: 'fluidscope', figure: 'open_s', atMost: 3 },
  ],
  repeats: 3,
};
