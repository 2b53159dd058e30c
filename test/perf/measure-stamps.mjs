// One contender of a stamps bench, from starting its server to its figures.
// usage: node measure-stamps.mjs --client NAME --streams N --tokens N --rate TOKENS_PER_S [--disturb blocked|gc] [--tls] [--lossy]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { splitCpu } from './load-cpu.mjs';
import { runFluidscope } from './run-fluidscope.mjs';
import { readTraceStamps } from './trace-stamps.mjs';
import { runStampClient } from './stamp-clients.mjs';
import { openLossyNetwork } from './lossy-network.mjs';
import { MODEL, startSimulator } from './simulator.mjs';
import { stampFigures } from './stamp-figures.mjs';
import { readTruth } from './truth.mjs';

const { values: flags } = parseArgs({
  options: {
    client: { type: 'string', default: '' },
    streams: { type: 'string', default: '0' },
    tokens: { type: 'string', default: '0' },
    rate: { type: 'string', default: '0' },
    disturb: { type: 'string', default: 'none' },
    tls: { type: 'boolean', default: false },
    lossy: { type: 'boolean', default: false },
  },
});
const { client, disturb, tls } = flags;
const [streamsCount = 0, tokensCount = 0, tokensPerS = 0] = [flags.streams, flags.tokens, flags.rate].map(
  Number,
);
const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'stamps-'));
const truthFile = join(folder, 'truth.csv');

const network = flags.lossy ? openLossyNetwork(folder) : undefined;
const measured = await measureAndStop();
const truth = await readTruth(truthFile);
const arrivals = network === undefined ? undefined : await network.arrivals();
const expectedCount = streamsCount * tokensCount;
console.log(JSON.stringify(stampFigures(measured, { truth, arrivals, expectedCount, writesLater: tls })));

async function measureAndStop() {
  try {
    const simulator = await startSimulator({ tokensPerS, truthFile, tls, network });
    try {
      await network?.observe();
      return await measure(simulator.url);
    } finally {
      await simulator.stop();
    }
  } finally {
    await network?.close();
  }
}

async function measure(url) {
  const load = { url, model: MODEL, streamsCount, tokensCount, disturb };
  if (!client.startsWith('fluidscope run'))
    return runStampClient(client, { ...load, out: join(folder, 'stamps.csv') });
  const trace = join(folder, 'run.duckdb');
  const usage = await runFluidscope({ url, model: MODEL, trace, load: runFlags(), disturb });
  const stamps = await readTraceStamps(trace);
  return { cpuUs: usage.cpuUs, split: splitCpu(usage, stamps), stamps };
}

/** The same load as the other clients': one stream begun a millisecond. */
function runFlags() {
  return [
    ...['--request-rate', '1000', '--arrival-pattern', 'constant', '--num-requests', String(streamsCount)],
    ...['--isl', '8', '--osl', String(tokensCount), '--ignore-eos', '--drain', 'none'],
    ...['--stamp-source', client.endsWith('user stamps') ? 'user' : 'kernel'],
    ...(tls ? ['--insecure'] : []),
  ];
}
