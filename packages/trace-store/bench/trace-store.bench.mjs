export default {
  name: 'trace-rows',
  about: '2 M chunks of 1,000 streams into a file that is safe on disk, beside JSON lines of the same rows.',
  contenders: [
    { name: 'fluidscope', command: ['node', 'write-trace.mjs'] },
    { name: 'jsonl', command: ['node', 'write-jsonl.mjs'] },
  ],
  figures: [
    { key: 'rows_per_s', unit: 'rows/s', better: 'higher', ratioTo: 'jsonl' },
    { key: 'main_thread_us_per_row', unit: 'µs of main thread/row', better: 'lower', ratioTo: 'jsonl' },
    { key: 'cpu_us_per_row', unit: 'µs of CPU/row', better: 'lower', ratioTo: 'jsonl' },
    { key: 'bytes_per_token', unit: 'bytes/token', better: 'lower', ratioTo: 'jsonl' },
    { key: 'read_rows_per_s', unit: 'rows/s', better: 'higher' },
    { key: 'peak_rss_bytes', unit: 'bytes', better: 'lower' },
  ],
  aims: [{ contender: 'fluidscope', figure: 'rows_per_s', atLeast: 1_000_000 }],
  repeats: 3,
};
