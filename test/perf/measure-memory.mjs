// The memory of `fluidscope run`, sampled once a second: over a time in which streams end and begin, or with --once while each runs once.
// usage: node measure-memory.mjs [--seconds S | --once] [--streams N] [--rate TOKENS_PER_S] [--tokens A_STREAM]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runFluidscope } from './run-fluidscope.mjs';
import { MODEL, startSimulator } from './simulator.mjs';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    once: { type: 'boolean', default: false },
    streams: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '50' },
    // Streams of 10 s: each second a hundred end and as many begin.
    tokens: { type: 'string', default: '500' },
  },
});
const simulator = await startSimulator({ tokensPerS: Number(flags.rate) });
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
    ok_requests: summary.load.ok_requests,
  }),
);

async function run() {
  const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'memory-'));
  const result = await runFluidscope({
    url: simulator.url,
    model: MODEL,
    trace: join(folder, 'run.duckdb'),
    load: [
      ...['--concurrency', flags.streams, '--isl', '8', '--osl', flags.tokens, '--ignore-eos'],
      ...(flags.once ? ['--num-requests', flags.streams] : ['--duration', `${flags.seconds}s`]),
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
