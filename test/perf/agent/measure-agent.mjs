// The whole agent at 1 kHz over eight simulated GPUs, with one reader of its stream; `gpus-only`: without the host's probes;
// `free-calls`: on the sampler's fake library, whose calls cost next to nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { simulatedGpus } from './simulated-gpus.mjs';
import { startAgentProcess } from './agent-process.mjs';
import { simulatedLibrary } from './simulated-library.mjs';
import { subscribe } from './stream-subscriber.mjs';

const SETTLE_MS = 3_000;
/** Rarely: looking costs the agent some milliseconds. */
const LOOK_EVERY_MS = 5_000;

const { seconds, gpus } = simulatedGpus();
const options = process.argv.slice(2);
process.env.FLUIDSCOPE_NVML_LIBRARY = options.includes('free-calls')
  ? `${process.env.BENCH_DIR}/fake-nvml.so`
  : simulatedLibrary();
const agent = await startAgentProcess({ fastHz: 1000, withHost: !options.includes('gpus-only') });
const stream = await subscribe(agent.url);
await sleep(SETTLE_MS);

const first = await agent.look();
const seenBefore = { ...stream.seen };
const looks = [first];
for (let second = 0; second < seconds; second += LOOK_EVERY_MS / 1000) {
  await sleep(LOOK_EVERY_MS);
  looks.push(await agent.look());
}
const last = looks.at(-1);
const seenAfter = { ...stream.seen };
await stream.close();
await agent.close();
if (last.gpusCount !== gpus)
  throw new Error(`Expected ${gpus} GPUs but saw ${last.gpusCount}: ${last.state}`);

const elapsedNs = last.atNs - first.atNs;
const pct = (cpuNs) => (cpuNs / elapsedNs) * 100;
const spentNs = (isWanted) =>
  Object.entries(last.cpuNsByThread)
    .filter(([name]) => isWanted(name))
    .reduce((sum, [name, cpuNs]) => sum + cpuNs - (first.cpuNsByThread[name] ?? 0), 0);
// The quick lane's calls are measured as time. Time without a CPU is no cost: all that its thread waited for one is taken off, though some of
// it passed before a wake-up and not in a call. What is left "beyond the calls" is so rather too much than too little. Free calls are too
// short to be waited in.
const waitedNs = options.includes('free-calls')
  ? 0
  : last.waitNsByThread['nvml-quick'] - first.waitNsByThread['nvml-quick'];
const insideNs = last.counters.insideCallsNs - first.counters.insideCallsNs - waitedNs;
const isSampler = (name) => name.startsWith('nvml-');
const windows = distinctWindows(looks);
const samplesCount = seenAfter.samplesCount - seenBefore.samplesCount;

console.log(
  JSON.stringify({
    late_p50_us: windows.p50Us,
    late_p99_us: windows.p99Us,
    samples_per_s: samplesCount / (elapsedNs / 1e9),
    lost_samples: seenAfter.lostCount + last.counters.ringOverrunsCount,
    missed_slots_pct:
      ((last.counters.lateWakeupsCount - first.counters.lateWakeupsCount) / (elapsedNs / 1e6)) * 100,
    cpu_inside_calls_pct: pct(insideNs),
    cpu_beyond_calls_pct: pct(spentNs(() => true) - insideNs),
    cpu_sampler_beyond_calls_pct: pct(spentNs(isSampler) - insideNs),
    cpu_main_thread_pct: pct(spentNs((name) => name === 'main')),
    cpu_other_threads_pct: pct(spentNs((name) => name !== 'main' && !isSampler(name))),
    wire_bytes_per_sample: seenAfter.frameBytes / seenAfter.codedSamplesCount,
    rss_slope_kib_per_min: rssSlopeKibPerMin(looks.slice(Math.floor(looks.length / 2))),
    flushes_per_s: (seenAfter.framesCount - seenBefore.framesCount) / (elapsedNs / 1e9),
    rss_mib: last.rssBytes / 1_048_576,
  }),
);

/** The sampler tells its lateness every ten seconds: the median over those windows, as of the bare loop's. */
function distinctWindows(all) {
  const told = all
    .map(({ lateness }) => lateness)
    .filter((each) => each !== null && each.wakeups_count > 5_000);
  const distinct = [...new Map(told.map((each) => [JSON.stringify(each), each])).values()].slice(
    told.length > 1 ? 1 : 0,
  );
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return {
    p50Us: distinct.length === 0 ? undefined : median(distinct.map(({ p50_ns }) => p50_ns)) / 1e3,
    p99Us: distinct.length === 0 ? undefined : median(distinct.map(({ p99_ns }) => p99_ns)) / 1e3,
  };
}

/** Least squares. */
function rssSlopeKibPerMin(points) {
  const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [atNs, rss] = [points.map((point) => point.atNs), points.map((point) => point.rssBytes)];
  const [meanAt, meanRss] = [meanOf(atNs), meanOf(rss)];
  const covariance = meanOf(atNs.map((at, index) => (at - meanAt) * (rss[index] - meanRss)));
  const variance = meanOf(atNs.map((at) => (at - meanAt) ** 2));
  return ((covariance / variance) * 60e9) / 1024;
}
