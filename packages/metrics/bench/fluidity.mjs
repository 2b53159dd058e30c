// The package's built code over the same timings as fluidity.py: every metric of every request, and the run's rate.
//
//   BENCH_DIR=DIR node fluidity.mjs
//
// Reads DIR/token-timings.jsonl and prints one line of JSON; reading the file is not timed. `tokens_per_s` is the median
// of passes in a warm process, `first_pass_tokens_per_s` that of the very first, just-in-time compilation included.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_DEADLINES, fluidTokenGenerationRate, scoreRequest } from '../dist/index.js';
import { requireSameResult } from './same-result.mjs';

const PASSES_COUNT = 9;

const requests = readFileSync(join(process.env.BENCH_DIR, 'token-timings.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => toTimings(JSON.parse(line)));
const tokensCount = requests.reduce(
  (sum, { tokenCounts }) => sum + tokenCounts.reduce((a, b) => a + b, 0),
  0,
);

let result;
const wallsS = Array.from({ length: PASSES_COUNT }, () => {
  const began = performance.now();
  result = score();
  return (performance.now() - began) / 1_000;
});
requireSameResult(result);
const firstWallS = wallsS[0];
const wallS = wallsS.toSorted((a, b) => a - b)[PASSES_COUNT >> 1];
console.log(
  JSON.stringify({
    contender: 'fluidscope',
    tokens_count: tokensCount,
    wall_s: wallS,
    tokens_per_s: tokensCount / wallS,
    first_pass_tokens_per_s: tokensCount / firstWallS,
    result,
  }),
);

function score() {
  let missed = 0;
  let total = 0;
  const minDeadlinesNs = new Float64Array(requests.length);
  requests.forEach((timings, index) => {
    const scored = scoreRequest(timings, DEFAULT_DEADLINES);
    missed += scored.missedDeadlinesCount;
    total += scored.totalDeadlinesCount;
    minDeadlinesNs[index] = scored.minTbtDeadlineNs;
  });
  return {
    missed_deadlines: missed,
    total_deadlines: total,
    min_tbt_deadlines_sum_ns: minDeadlinesNs.reduce((sum, valueNs) => sum + valueNs, 0),
    fluid_deadline_ns: fluidTokenGenerationRate(minDeadlinesNs).deadlineNs,
  };
}

function toTimings({ send_ns: startNs, chunks }) {
  return {
    startNs,
    arrivalsNs: Float64Array.from(chunks, ([arrivalNs]) => arrivalNs),
    tokenCounts: Uint32Array.from(chunks, ([, tokens]) => tokens),
  };
}
