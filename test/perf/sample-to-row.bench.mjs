export default {
  name: 'sample-to-row',
  about:
    'From the reading of a sensor on the GPU host to its row in the trace: an agent over 8 simulated GPUs, its samples recorded into a real trace by the harness in another process, SAMPLER_BENCH_SECONDS (60). One machine has one clock, so the truth is exact.',
  contenders: [
    { name: 'fast-100hz', command: ['node', 'agent/measure-sample-to-row.mjs', '100'] },
    { name: 'fast-1khz', command: ['node', 'agent/measure-sample-to-row.mjs', '1000'] },
  ],
  figures: [
    { key: 'to_row_p50_ms', unit: 'ms', better: 'lower' },
    { key: 'to_row_p99_ms', unit: 'ms', better: 'lower' },
    { key: 'to_row_max_ms', unit: 'ms', better: 'lower' },
    { key: 'samples_per_s', unit: 'samples/s', better: 'higher' },
    { key: 'lost_samples', unit: 'samples', better: 'lower' },
    { key: 'trace_bytes_per_sample', unit: 'bytes', better: 'lower' },
  ],
  aims: [
    { contender: 'fast-100hz', figure: 'to_row_p99_ms', atMost: 50 },
    { contender: 'fast-1khz', figure: 'to_row_p99_ms', atMost: 50 },
    { contender: 'fast-1khz', figure: 'lost_samples', atMost: 0 },
  ],
  repeats: 3,
  timeoutS: 900,
};
