// Writes a virtual run of about so many million tokens for each size named, `<size>.duckdb` in BENCH_DIR.
import { join } from 'node:path';
import { parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { createTraceWriter } from '@fluidscope/trace-store';

const SEED = 1;
const RATE_PER_S = 4.8;
const LONGEST_S = 600;
const TOKENS_PER_S = 1_660;

for (const size of process.argv.slice(2)) {
  const tokens = 1e6 * Number(size);
  const durationS = Math.min(LONGEST_S, Math.round(tokens / TOKENS_PER_S));
  const replicas = Math.max(1, Math.round(tokens / (LONGEST_S * TOKENS_PER_S)));
  const scenario = parseScenario(`
name: ${size} M tokens
duration: ${durationS}s
deadlines: { ttft: 150ms, tbt: 9500us }
engine: { max_num_batched_tokens: 1024 }
replicas: ${replicas}
gpus: { per_replica: 8 }
load:
  arrivals: { kind: poisson, rate: ${RATE_PER_S * replicas} }
  prompt_tokens: lognormal:400,200
  output_tokens: uniform:200-500
telemetry: { agents: { replicas: [0] } }
faults:
  - { kind: engine_pause, at: 5s, every: 9s, spread: 3s, pause: 300ms }
  - { kind: power_limit, at: 20s, for: 4s, every: 30s, watts: 220 }
`);
  const writer = await createTraceWriter(
    join(process.env.BENCH_DIR ?? '.', `${size}.duckdb`),
    runStartOf(scenario, SEED),
  );
  const run = await runScenario(scenario, SEED, writer);
  console.log(`${size}: ${run.requestsCount} requests, ${run.missedDeadlinesCount} missed deadlines`);
}
