// One contender of the live bench, from starting its server and its agent to its figures.
// usage: node measure-live.mjs --page none|served|browser --stamps kernel|user --streams N --rate TOKENS_PER_S --tokens N
import { startAgent } from '@fluidscope/agent';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { simulatedLibrary } from './agent/simulated-library.mjs';
import { watchLivePage } from './live-browser.mjs';
import { runFluidscope } from './run-fluidscope.mjs';
import { MODEL, startSimulator } from './simulator.mjs';
import { stampFigures } from './stamp-figures.mjs';
import { readTraceStamps } from './trace-stamps.mjs';
import { readTruth } from './truth.mjs';

const { values: flags } = parseArgs({
  options: Object.fromEntries(
    ['page', 'stamps', 'streams', 'rate', 'tokens'].map((name) => [name, { type: 'string', default: '' }]),
  ),
});
const [streamsCount, tokensPerS, tokensCount] = [flags.streams, flags.rate, flags.tokens].map(Number);
const LOOK_MS = 1_000;
/** Streams begin one a millisecond, buffers fill: growth counts from here. */
const SETTLED_S = 8;

const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'live-'));
const truthFile = join(folder, 'truth.csv');
const trace = join(folder, 'run.duckdb');
const port = await freePort();
const pageUrl = `http://127.0.0.1:${port}`;
process.env.FLUIDSCOPE_NVML_SIM_BOARDS ??= 'h100:8';
const agent = await startAgent({
  listen: { host: '127.0.0.1', port: 0 },
  gpuAgent: { sampler: { library: simulatedLibrary(), calibrationMs: 0 } },
});
const simulator = await startSimulator({ tokensPerS, truthFile });
const ended = new AbortController();
const seen = flags.page === 'none' ? undefined : lookWhileItRuns();
const shown = flags.page === 'browser' ? watchLivePage(pageUrl, ended.signal) : undefined;
const run = await runFluidscope({ url: simulator.url, model: MODEL, trace, load: runFlags() });
ended.abort();
await simulator.stop();
await agent.close();
const expectedCount = streamsCount * tokensCount;
const truth = await readTruth(truthFile);
const stamped = { cpuUs: run.cpuUs, stamps: await readTraceStamps(trace) };
console.log(
  JSON.stringify({
    ...stampFigures(stamped, { truth, arrivals: undefined, expectedCount, writesLater: false }),
    run_growth_bytes_per_s: growthPerS(run.samples.map(({ atS, rssBytes }) => [atS, rssBytes])),
    ...served(await seen),
    ...(await shown),
  }),
);

function runFlags() {
  return [
    ...['--request-rate', '1000', '--arrival-pattern', 'constant', '--num-requests', String(streamsCount)],
    ...['--isl', '8', '--osl', String(tokensCount), '--ignore-eos', '--drain', 'none', '--no-diagnosis'],
    ...['--stamp-source', flags.stamps, '--agent', agent.url],
    ...(flags.page === 'none' ? [] : ['--live', `127.0.0.1:${port}`]),
  ];
}

/** What the page's server says of itself, once a second while it is there. */
async function lookWhileItRuns() {
  const looks = [];
  while (!ended.signal.aborted) {
    const answer = await fetch(`${pageUrl}/v1/figures`).catch(() => undefined);
    if (answer?.ok) looks.push({ atS: performance.now() / 1_000, ...(await answer.json()) });
    await pause(LOOK_MS);
  }
  return looks;
}

function served(looks) {
  const [first, last] = [looks?.at(0), looks?.at(-1)];
  if (first === undefined || last === undefined || first === last) return {};
  return {
    frames_made_per_s: (last.madeCount - first.madeCount) / (last.atS - first.atS),
    frames_late_ratio: last.lateCount / last.madeCount,
  };
}

/** The slope of a line of least squares over what came after `SETTLED_S`. */
function growthPerS(points) {
  const settled = points.filter(([atS]) => atS - points[0][0] > SETTLED_S);
  if (settled.length < 3) return undefined;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanS, meanBytes] = [mean(settled.map(([atS]) => atS)), mean(settled.map(([, bytes]) => bytes))];
  const spread = settled.map(([atS, bytes]) => [(atS - meanS) * (bytes - meanBytes), (atS - meanS) ** 2]);
  return spread.reduce((sum, [both]) => sum + both, 0) / spread.reduce((sum, [, time]) => sum + time, 0);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
