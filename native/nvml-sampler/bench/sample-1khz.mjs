// The sampler at 1 kHz; figures over SAMPLER_BENCH_SECONDS after a second of warm-up. The process's CPU counts, the reader's included.
import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { openSampler } from '../dist/index.js';
import { simulatedGpus } from './simulated-gpus.mjs';

const { seconds, gpus } = simulatedGpus();
let records = 0;
let callNs = 0;
let overruns = 0;
const sampler = openSampler(
  {
    onRecords(buffer, counters) {
      ({ overruns, insideCallsNs: callNs } = counters);
      records += buffer.length / SAMPLE_RECORD_BYTES;
    },
    onEvent() {},
  },
  { library: `${process.env.BENCH_DIR}/libnvidia-ml.so.1`, fastHz: 1000, guard: 'keep', calibrationMs: 0 },
);
await sleep(1000);
const before = {
  records,
  callNs,
  cpu: process.cpuUsage(),
  rss: process.memoryUsage.rss(),
  at: performance.now(),
};
await sleep(seconds * 1000);
const elapsedMs = performance.now() - before.at;
const { user, system } = process.cpuUsage(before.cpu);
const { lateness, gpus: seen } = sampler.describe();
sampler.close();
if (seen.length !== gpus) throw new Error(`Expected ${gpus} GPUs but saw ${seen.length}`);
console.log(
  JSON.stringify({
    ...(lateness?.wakeupsCount > 1000
      ? { late_p50_us: lateness.p50Ns / 1e3, late_p99_us: lateness.p99Ns / 1e3 }
      : {}),
    records_per_s: ((records - before.records) * 1000) / elapsedMs,
    cpu_beyond_calls_pct: ((user + system) / 1e3 - (callNs - before.callNs) / 1e6) / elapsedMs / 0.01,
    overruns,
    rss_growth_bytes: process.memoryUsage.rss() - before.rss,
  }),
);
