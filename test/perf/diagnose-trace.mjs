// One process: opens the trace, diagnoses it as `fluidscope diagnose` does, and prints one line of JSON.
import { join } from 'node:path';
import { diagnoseTrace } from '@fluidscope/diagnosis';
import { openTraceReader } from '@fluidscope/trace-store';

const reader = await openTraceReader(join(process.env.BENCH_DIR ?? '.', `${process.argv[2]}.duckdb`));
const began = performance.now();
const { episodes, findings, totalCount } = await diagnoseTrace(reader);
const wallS = (performance.now() - began) / 1_000;
await reader.close();
if (!findings.some(({ cause }) => cause === 'power_cap'))
  throw new Error('expected the power limit to be named');
console.log(
  JSON.stringify({
    wall_s: wallS,
    tokens_per_s: totalCount / wallS,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1_024,
    episodes: episodes.length,
  }),
);
