// One contender of the stamps bench, from starting its server to its figures.
// usage: node measure-stamps.mjs CLIENT STREAMS TOKENS_A_STREAM TOKENS_PER_S
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFluidscope } from './run-fluidscope.mjs';
import { readTraceStamps } from './trace-stamps.mjs';
import { runStampClient } from './stamp-clients.mjs';
import { MODEL, startSimulator } from './simulator.mjs';
import { readTruth } from './truth.mjs';

const [client = '', ...counts] = process.argv.slice(2);
const [streamsCount = 0, tokensCount = 0, tokensPerS = 0] = counts.map(Number);
const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'stamps-'));
const truthFile = join(folder, 'truth.csv');

const simulator = await startSimulator({ tokensPerS, truthFile });
const measured = await measure().finally(() => simulator.stop());
console.log(JSON.stringify(figures(measured, await readTruth(truthFile))));

async function measure() {
  const load = { url: simulator.url, model: MODEL, streamsCount, tokensCount };
  if (client !== 'run') return runStampClient(client, { ...load, out: join(folder, 'stamps.csv') });
  const trace = join(folder, 'run.duckdb');
  const { cpuUs } = await runFluidscope({ url: simulator.url, model: MODEL, trace, load: runFlags() });
  return { cpuUs, stamps: await readTraceStamps(trace) };
}

/** The same load as the other clients': one stream begun a millisecond. */
function runFlags() {
  return [
    ...['--request-rate', '1000', '--arrival-pattern', 'constant', '--num-requests', String(streamsCount)],
    ...['--isl', '8', '--osl', String(tokensCount), '--ignore-eos', '--drain', 'none'],
  ];
}

/** Exits with an error when a token is missing or came twice: a fast figure of another load is no figure. */
function figures({ cpuUs, stamps }, truth) {
  const expectedCount = streamsCount * tokensCount;
  const seen = new Set(stamps.map(({ token }) => token));
  if (stamps.length !== expectedCount || seen.size !== expectedCount || truth.size !== expectedCount) {
    throw new Error(
      `Expected ${expectedCount} tokens but received ${stamps.length} (${seen.size} different), and ${truth.size} in the truth`,
    );
  }
  const errorsUs = new Float64Array(expectedCount);
  const latenessUs = new Float64Array(expectedCount);
  let withinBoundCount = 0;
  stamps.forEach(({ token, stampNs, boundNs }, index) => {
    const write = truth.get(token);
    if (write === undefined) throw new Error(`Expected the server to have written ${token}`);
    errorsUs[index] = (stampNs - write.writeNs) / 1_000;
    latenessUs[index] = (write.writeNs - write.dueNs) / 1_000;
    // The kernel had the bytes between the two readings of the server's clock.
    if (boundNs !== undefined && stampNs - boundNs <= write.writtenNs && stampNs >= write.writeNs) {
      withinBoundCount += 1;
    }
  });
  errorsUs.sort();
  latenessUs.sort();
  if (errorsUs[0] < 0) throw new Error(`A token was stamped ${-errorsUs[0]} µs before it was written`);
  const stampsNs = stamps.map(({ stampNs }) => stampNs);
  const spanS = (stampsNs.reduce((a, b) => Math.max(a, b)) - stampsNs.reduce((a, b) => Math.min(a, b))) / 1e9;
  return {
    cpu_us_per_token: cpuUs / expectedCount,
    error_p50_us: quantile(errorsUs, 0.5),
    error_p99_us: quantile(errorsUs, 0.99),
    error_p999_us: quantile(errorsUs, 0.999),
    ...(stamps[0].boundNs === undefined ? {} : { within_bound_ratio: withinBoundCount / expectedCount }),
    tokens_per_s: expectedCount / spanS,
    server_late_p99_us: quantile(latenessUs, 0.99),
  };
}

/** Linear between the two nearest. @param {Float64Array} sorted @param {number} share */
function quantile(sorted, share) {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
