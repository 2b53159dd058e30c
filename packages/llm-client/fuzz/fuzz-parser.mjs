/*
 * Fuzzes the parser for as long as asked; see stream-fuzz.mjs for what a stream is and what must hold.
 *
 *   npm run build && node --expose-gc packages/llm-client/fuzz/fuzz-parser.mjs [--streams 5000000] [--seed 1] [--first 0]
 *
 * Prints progress with the heap after a collection, then one line of JSON. A broken rule ends it with status 1
 * and names the stream; so does a batch that takes far more CPU time than a batch should, with the streams of
 * it: run them again with `--first N --streams 2000`.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { ENDPOINTS } from '../dist/endpoints/index.js';
import { ResponseReader } from '../dist/response-reader.js';
import { StreamProblem } from '../dist/stream-problem.js';
import { StreamReading } from '../dist/stream-reading.js';
import { fuzzStreams } from './stream-fuzz.mjs';

const BATCH_COUNT = 2_000;
/** CPU time, not time: on a busy machine a batch may wait for long. A batch takes about 200 ms. */
const LONGEST_BATCH_CPU_US = 20_000_000;

function readStream(endpointType, pieces, templates) {
  const chunks = [];
  const reading = new StreamReading({
    onChunk: ({ kind, text, usageOutputTokensSoFar: soFar }) =>
      chunks.push(soFar === undefined ? [kind, text] : [kind, text, soFar]),
  });
  try {
    const reader = new ResponseReader(ENDPOINTS[endpointType], reading, templates);
    for (const piece of pieces) reader.feed(piece, 0, 0, 'user');
    reader.end();
  } catch (problem) {
    if (!(problem instanceof StreamProblem)) throw problem;
    return { chunks, problem };
  }
  return { chunks, problem: undefined };
}

function goldens() {
  const folder = new URL('../golden/', import.meta.url);
  const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
  return new Map(
    Object.entries(expected).map(([name, golden]) => [
      name,
      { ...golden, wire: readFileSync(new URL(`${name}.txt`, folder)) },
    ]),
  );
}

/** Batches on a thread of their own, so that a hang is seen from outside. */
function runBatches({ seed, first, streams }) {
  const parts = { readStream, goldens: goldens() };
  for (let done = 0; done < streams; done += BATCH_COUNT) {
    const count = Math.min(BATCH_COUNT, streams - done);
    const counts = fuzzStreams(parts, { seed, first: first + done, count });
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    parentPort.postMessage({ counts, heapBytes: heapUsed + external });
  }
}

function watch(options) {
  const total = { streams: 0, recut: 0, mutated: 0, withProblem: 0, bytes: 0 };
  const heapMiB = [];
  const startedMs = performance.now();
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const fail = (why) => {
    console.error(`${why} (streams from ${options.first + total.streams} of seed ${options.seed})`);
    process.exit(1);
  };
  let batchStart = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(batchStart);
    if (user + system > LONGEST_BATCH_CPU_US) fail('A batch hangs');
  }, 1_000);
  let reportedS = 0;
  worker.on('message', ({ counts, heapBytes }) => {
    batchStart = process.cpuUsage();
    for (const [key, value] of Object.entries(counts)) total[key] += value;
    total.streams += counts.recut + counts.mutated;
    heapMiB.push(heapBytes / 2 ** 20);
    const elapsedS = Math.round((performance.now() - startedMs) / 1_000);
    if (elapsedS < reportedS + 10) return;
    reportedS = elapsedS;
    console.error(`${total.streams} streams, ${elapsedS} s, heap ${heapMiB.at(-1).toFixed(1)} MiB`);
  });
  worker.on('error', (error) => fail(error.message));
  worker.on('exit', () => {
    clearInterval(timer);
    const tenth = Math.max(1, Math.floor(heapMiB.length / 10));
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    console.log(
      JSON.stringify({
        seed: options.seed,
        ...total,
        elapsedS: Math.round((performance.now() - startedMs) / 1_000),
        heapFirstTenthMiB: Number(mean(heapMiB.slice(0, tenth)).toFixed(2)),
        heapLastTenthMiB: Number(mean(heapMiB.slice(-tenth)).toFixed(2)),
        node: process.version,
      }),
    );
  });
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '5000000' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
    },
  });
  watch({ streams: Number(values.streams), seed: Number(values.seed), first: Number(values.first) });
} else {
  runBatches(workerData);
}
