// One process: the same minute several times, the first just-in-time compilation included. Prints one line of JSON.
import { butForTruth, createMemoryTrace, parseScenario, runScenario, runStartOf } from '../dist/index.js';

const RUNS_COUNT = 5;
const SEED = 1;

const scenario = parseScenario(`
name: a minute
duration: 60s
deadlines: { ttft: 150ms, tbt: 9500us }
engine: { max_num_batched_tokens: 1024 }
gpus: { per_replica: 2 }
load:
  arrivals: { kind: poisson, rate: 9 }
  prompt_tokens: lognormal:400,200
  output_tokens: uniform:200-500
`);

/** Without a fault the truth is one replay, no more. */
function replay() {
  return butForTruth(scenario, SEED).whole.totalCount;
}

async function recorded() {
  const { writer } = createMemoryTrace(runStartOf(scenario, SEED));
  return (await runScenario(scenario, SEED, writer)).totalDeadlinesCount;
}

const run = process.argv[2] === 'replay' ? replay : recorded;
const wallsS = [];
for (let index = 0; index < RUNS_COUNT; index++) {
  const began = performance.now();
  if (!((await run()) > 100_000)) throw new Error('expected a minute of tokens');
  wallsS.push((performance.now() - began) / 1_000);
}
console.log(
  JSON.stringify({
    first_run_s: wallsS[0],
    warm_run_s: wallsS.toSorted((a, b) => a - b)[RUNS_COUNT >> 1],
    peak_rss_bytes: process.resourceUsage().maxRSS * 1_024,
  }),
);
