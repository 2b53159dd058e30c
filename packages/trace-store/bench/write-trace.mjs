// Writes the rows with the package's built code, reads them back, and checks what came.
//
//   BENCH_DIR=DIR ROWS=2000000 node write-trace.mjs
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createTraceWriter, openTraceReader } from '../dist/index.js';
import { chunkBatches, ROWS_COUNT } from './chunk-batches.mjs';
import { measureWriter } from './measure-writer.mjs';

const path = join(process.env.BENCH_DIR ?? '.', 'bench.duckdb');
const start = {
  runId: 'bench',
  startedWallNs: 0n,
  startedMonoNs: 0n,
  config: {},
  versions: {},
  machine: {},
  stampOverheadNs: 0,
  clockResolutionNs: 1,
};
const writer = await createTraceWriter(path, start, { overwrite: true, maxStagedRows: ROWS_COUNT });
const written = await measureWriter(
  (batch) => writer.appendChunks(batch),
  () => writer.close({ endedNs: 0, stopReason: 'finished' }),
);

const reader = await openTraceReader(path);
const began = performance.now();
const read = await checksumOfRead(reader);
const readMs = performance.now() - began;
await reader.close();
if (read !== checksumOf(chunkBatches())) throw new Error(`The rows read are not the rows written`);

console.log(
  JSON.stringify({
    ...written,
    bytes_per_token: statSync(path).size / ROWS_COUNT,
    read_rows_per_s: ROWS_COUNT / (readMs / 1_000),
  }),
);

async function checksumOfRead(trace) {
  let sum = 0;
  for await (const batch of trace.chunks()) sum = addChecksum(sum, batch);
  return sum;
}

function checksumOf(batches) {
  let sum = 0;
  for (const batch of batches) sum = addChecksum(sum, batch);
  return sum;
}

function addChecksum(sum, { length, requestIndex, seq, arrivalNs, tokenCount, errorNs }) {
  let mixed = sum;
  for (let row = 0; row < length; row++) {
    mixed = (Math.imul(mixed, 31) + requestIndex[row] + seq[row] * 7 + tokenCount[row] * 13) | 0;
    mixed = (mixed + (arrivalNs[row] % 1_000_003) + errorNs[row]) | 0;
  }
  return mixed;
}
