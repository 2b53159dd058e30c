/** `MEMORY_S=600 npm run bench -- run-memory` is the ten-minute run; alone it is a short one. */
const durationS = Number(process.env.MEMORY_S ?? 60);

export default {
  name: 'run-memory',
  about:
    `Resident memory of fluidscope run over ${durationS} s of 1,000 streams of 50 tokens/s, sampled each second. Growth is ` +
    'the slope over the second half of the load; the whole peak has the summary after it too.',
  contenders: [
    { name: 'fluidscope run', command: ['node', 'measure-memory.mjs', '--seconds', String(durationS)] },
  ],
  figures: [
    { key: 'load_peak_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'third_quarter_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'last_quarter_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'growth_bytes_per_minute', unit: 'bytes/minute', better: 'lower' },
    { key: 'growth_bytes_per_token', unit: 'bytes/token', better: 'lower' },
    { key: 'whole_peak_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'output_tokens', unit: 'tokens', better: 'higher' },
  ],
  repeats: 1,
  timeoutS: 3 * durationS + 120,
};
