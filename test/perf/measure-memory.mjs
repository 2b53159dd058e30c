// The memory of `fluidscope run` over a run of 1,000 streams of 50 tokens/s, sampled once a second.
// usage: node measure-memory.mjs SECONDS
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFluidscope } from './run-fluidscope.mjs';
import { MODEL, startSimulator } from './simulator.mjs';

const STREAMS = 1_000;
const TOKENS_PER_S = 50;
/** Streams of 10 s: each second a hundred end and as many begin. */
const TOKENS_A_STREAM = 500;

const durationS = Number(process.argv[2]);
const simulator = await startSimulator({ tokensPerS: TOKENS_PER_S });
const { summary, samples } = await run().finally(() => simulator.stop());
const duringLoad = samples.filter(({ atS }) => atS < summary.ended_ns / 1e9);
// The trace's cache fills up to its limit first.
const settled = duringLoad.slice(Math.floor(duringLoad.length / 2));
console.log(
  JSON.stringify({
    load_peak_rss_bytes: peak(duringLoad),
    third_quarter_rss_bytes: meanRss(quarter(2)),
    last_quarter_rss_bytes: meanRss(quarter(3)),
    growth_bytes_per_minute: 60 * slopePerS(settled),
    growth_bytes_per_token: (slopePerS(settled) * (summary.ended_ns / 1e9)) / summary.load.output_tokens,
    whole_peak_rss_bytes: peak(samples),
    output_tokens: summary.load.output_tokens,
  }),
);

async function run() {
  const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'memory-'));
  const result = await runFluidscope({
    url: simulator.url,
    model: MODEL,
    trace: join(folder, 'run.duckdb'),
    load: [
      ...['--concurrency', String(STREAMS), '--duration', `${durationS}s`],
      ...['--isl', '8', '--osl', String(TOKENS_A_STREAM), '--ignore-eos'],
    ],
  });
  const { error_requests: failed, ok_requests: ended } = result.summary.load;
  if (failed > 0 || ended === 0)
    throw new Error(`Expected no failure but received ${failed} beside ${ended} ok`);
  return result;
}

/** @param {readonly { rssBytes: number }[]} some */
function peak(some) {
  return some.reduce((most, { rssBytes }) => Math.max(most, rssBytes), 0);
}

/** @param {number} index from 0 */
function quarter(index) {
  const length = duringLoad.length / 4;
  return duringLoad.slice(Math.floor(index * length), Math.floor((index + 1) * length));
}

/** @param {readonly { rssBytes: number }[]} some */
function meanRss(some) {
  return Math.round(some.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / some.length);
}

/** Of the line of least squares, bytes a second. @param {readonly { atS: number; rssBytes: number }[]} some */
function slopePerS(some) {
  const meanS = some.reduce((sum, { atS }) => sum + atS, 0) / some.length;
  const meanBytes = some.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / some.length;
  const covariance = some.reduce((sum, { atS, rssBytes }) => sum + (atS - meanS) * (rssBytes - meanBytes), 0);
  return covariance / some.reduce((sum, { atS }) => sum + (atS - meanS) ** 2, 0);
}
