/** `STREAMS=1000 npm run bench -- streams-10000` is a try. */
const streamsCount = Number(process.env.STREAMS ?? 10_000);

export default {
  name: 'streams-10000',
  about:
    `${streamsCount} concurrent streams of 2 tokens/s, each of 120 tokens: all end well, and memory is flat while all of them run. ` +
    'Needs some 2 descriptors a stream: ulimit -n.',
  contenders: [
    {
      name: 'fluidscope run',
      command: [
        'node',
        'measure-memory.mjs',
        '--streams',
        String(streamsCount),
        '--rate',
        '2',
        '--tokens',
        '120',
        '--once',
      ],
    },
  ],
  figures: [
    { key: 'ok_requests', unit: 'requests', better: 'higher' },
    { key: 'load_peak_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'third_quarter_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'last_quarter_rss_bytes', unit: 'bytes', better: 'lower' },
    { key: 'growth_bytes_per_token', unit: 'bytes/token', better: 'lower' },
    { key: 'output_tokens', unit: 'tokens', better: 'higher' },
  ],
  aims: [{ contender: 'fluidscope run', figure: 'ok_requests', atLeast: streamsCount }],
  repeats: 1,
  timeoutS: 600,
};
