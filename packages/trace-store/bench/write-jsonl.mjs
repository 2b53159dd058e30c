// Writes the same rows as JSON lines through a stream and one fsync at the end: what most tools do.
//
//   BENCH_DIR=DIR ROWS=2000000 node write-jsonl.mjs
import { createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROWS_COUNT } from './chunk-batches.mjs';
import { measureWriter } from './measure-writer.mjs';

const path = join(process.env.BENCH_DIR ?? '.', 'bench.jsonl');
const stream = createWriteStream(path, { flush: true });
const written = await measureWriter(
  (batch) => stream.write(linesOf(batch)),
  () => new Promise((resolve, reject) => stream.end((error) => (error ? reject(error) : resolve()))),
);
console.log(JSON.stringify({ ...written, bytes_per_token: statSync(path).size / ROWS_COUNT }));

function linesOf({ length, requestIndex, seq, arrivalNs, tokenCount, errorNs }) {
  let text = '';
  for (let row = 0; row < length; row++) {
    const requestId = `r${String(requestIndex[row]).padStart(6, '0')}`;
    text += `${JSON.stringify({
      request_id: requestId,
      seq: seq[row],
      arrival_ns: arrivalNs[row],
      token_count: tokenCount[row],
      stamp_source: 'kernel',
      error_ns: errorNs[row],
    })}\n`;
  }
  return text;
}
