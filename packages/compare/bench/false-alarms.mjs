// Pairs of simulated runs that differ in their seed alone: how often a comparison calls any of their figures really different.
//
// By hand, needing the package built:
//
//   node false-alarms.mjs 'duration: 60s'
//
// FALSE_ALARM_PAIRS (60) pairs from FALSE_ALARM_FIRST_SEED (100000) on, which nothing was tuned on. Prints one line of JSON.
import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { compareRuns, DEFAULT_COMPARE_OPTIONS, readComparedRun } from '../dist/index.js';

const pairsCount = Number(process.env.FALSE_ALARM_PAIRS ?? 60);
const firstSeed = Number(process.env.FALSE_ALARM_FIRST_SEED ?? 100_000);
const scenario = parseScenario(
  `
name: calm
duration: 60s
deadlines: { ttft: 300ms, tbt: 12ms }
gpus: { per_replica: 1 }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 40 }
faults: []
`,
  ...process.argv.slice(2),
);

async function run(seed) {
  const { writer, reader } = createMemoryTrace(runStartOf(scenario, seed));
  await runScenario(scenario, seed, writer);
  return readComparedRun(reader, `seed ${seed}`);
}

let [alarmsCount, intervalsCount, withoutZeroCount] = [0, 0, 0];
for (let pair = 0; pair < pairsCount; pair++) {
  const seed = firstSeed + 2 * pair;
  const { figures } = compareRuns(await run(seed), await run(seed + 1), DEFAULT_COMPARE_OPTIONS);
  if (figures.some(({ word }) => word === 'real')) alarmsCount += 1;
  for (const { difference, word } of figures) {
    if (difference === undefined || word === 'too_few') continue;
    intervalsCount += 1;
    const { low, high } = difference.interval;
    if (low > 0 || high < 0) withoutZeroCount += 1;
  }
}
console.log(
  JSON.stringify({
    pairs_count: pairsCount,
    called_real_count: alarmsCount,
    called_real_ratio: alarmsCount / pairsCount,
    zero_left_out_ratio: withoutZeroCount / intervalsCount,
  }),
);
