// How old a sample is when it becomes a row: an agent in a process of its own, here what `fluidscope run --agent` does with it. Both processes
// read one CLOCK_MONOTONIC, so a sample's true time on the run's clock is known to the nanosecond. The driver's own buffered samples, which
// are drained every two seconds, are left out.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgentsCompanion, createRunClock } from '@fluidscope/harness';
import { createTraceWriter } from '@fluidscope/trace-store';
import { SAMPLE_FLAGS } from '@fluidscope/trace-schema';
import { startAgentProcess } from './agent-process.mjs';
import { simulatedGpus } from './simulated-gpus.mjs';
import { simulatedLibrary } from './simulated-library.mjs';

const SETTLE_MS = 3_000;
/** A tenth of a millisecond, up to ten seconds: memory that does not grow with the samples. */
const BUCKET_NS = 100_000;
const buckets = new Uint32Array(100_000);

const { seconds } = simulatedGpus();
process.env.FLUIDSCOPE_NVML_LIBRARY = simulatedLibrary();
const folder = mkdtempSync(join(tmpdir(), 'sample-to-row-'));
const trace = join(folder, 'trace.fluidscope');
const clock = createRunClock();
const agent = await startAgentProcess({ fastHz: Number(process.argv[2]), withHost: true });
const { startedMonoNs, startedWallNs } = clock;
const writer = await createTraceWriter(trace, {
  runId: 'sample-to-row',
  startedMonoNs,
  startedWallNs,
  config: {},
  versions: {},
  machine: {},
  stampOverheadNs: 0,
  clockResolutionNs: 0,
});
const counted = { isOn: false, samplesCount: 0, largestNs: 0 };
let originInRunNs;
const companion = createAgentsCompanion([agent.url.replace('http', 'ws')], {});
await companion.start({ writer: watched(writer), clock, timers: timersOf(clock) });
await sleep(SETTLE_MS);
counted.isOn = true;
await sleep(seconds * 1000);
counted.isOn = false;
const [summary] = companion.summaries();
await companion.stop();
await agent.close();
await writer.close({ endedNs: clock.nowNs(), stopReason: 'finished' });
const traceBytes = statSync(trace).size;
rmSync(folder, { recursive: true });
if (summary === undefined || counted.samplesCount === 0) throw new Error('Expected samples but none came');

console.log(
  JSON.stringify({
    to_row_p50_ms: quantileMs(0.5),
    to_row_p99_ms: quantileMs(0.99),
    to_row_max_ms: counted.largestNs / 1e6,
    samples_per_s: counted.samplesCount / seconds,
    lost_samples: summary.lostCount + (summary.lossesCount > 0 ? 1 : 0),
    trace_bytes_per_sample: traceBytes / summary.samplesCount,
  }),
);

/** The trace's own writer, with an eye on the samples after each has its row. */
function watched(target) {
  return new Proxy(target, {
    get(object, name) {
      if (name === 'appendAgents')
        return (rows) => {
          originInRunNs = Number(rows[0].originMonoNs - startedMonoNs);
          object.appendAgents(rows);
        };
      if (name === 'appendAgentSamples')
        return (columns) => {
          object.appendAgentSamples(columns);
          if (counted.isOn) count(columns, clock.nowNs());
        };
      const member = object[name];
      return typeof member === 'function' ? member.bind(object) : member;
    },
  });
}

function count({ length, agentNs, flags }, nowNs) {
  for (let row = 0; row < length; row++) {
    if ((flags[row] & SAMPLE_FLAGS.buffered) !== 0) continue;
    const ageNs = nowNs - (agentNs[row] + originInRunNs);
    buckets[Math.min(buckets.length - 1, Math.max(0, Math.floor(ageNs / BUCKET_NS)))] += 1;
    counted.samplesCount += 1;
    counted.largestNs = Math.max(counted.largestNs, ageNs);
  }
}

function quantileMs(share) {
  let left = share * (counted.samplesCount - 1);
  const at = buckets.findIndex((each) => (left -= each) < 0);
  return ((at + 1) * BUCKET_NS) / 1e6;
}

function timersOf({ nowNs }) {
  const callAt = (atNs, callback) => {
    const timer = setTimeout(callback, Math.max(0, (atNs - nowNs()) / 1e6));
    return { cancel: () => clearTimeout(timer) };
  };
  return { callAt, callOnTime: callAt };
}
