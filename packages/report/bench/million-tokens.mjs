// One process: a virtual run of a million tokens on 8 GPUs, its diagnosis, its page, and the page in a browser. Prints one line of JSON.
import { diagnoseTrace } from '@fluidscope/diagnosis';
import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportPage } from '../dist/index.js';
import { openPage } from './open-page.mjs';

const MOST_BYTES = 5_000_000;
const SEED = 1;

const scenario = parseScenario(`
name: a million tokens
duration: 150s
deadlines: { ttft: 300ms, tbt: 20ms }
engine: { max_num_batched_tokens: 1024 }
gpus: { per_replica: 8 }
load:
  arrivals: { kind: poisson, rate: 20 }
  prompt_tokens: lognormal:400,200
  output_tokens: uniform:200-500
faults:
  - { kind: engine_pause, at: 20s, every: 20s, pause: 600ms }
`);

const { writer, reader } = createMemoryTrace(runStartOf(scenario, SEED));
await runScenario(scenario, SEED, writer);
const diagnosis = await diagnoseTrace(reader);
const began = performance.now();
const page = await reportPage(reader, diagnosis);
const pageS = (performance.now() - began) / 1_000;
const bytes = Buffer.byteLength(page);
const outputTokens = (await reader.requests()).reduce((sum, request) => sum + (request.outputTokens ?? 0), 0);
if (outputTokens < 1_000_000) throw new Error(`expected a million tokens but the run has ${outputTokens}`);
if (bytes > MOST_BYTES) throw new Error(`expected a page below ${MOST_BYTES} bytes but it has ${bytes}`);
const path =
  process.argv[2] ?? join(mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'page-')), 'run.html');
writeFileSync(path, page);
const opened = await openPage(path);
console.log(JSON.stringify({ page_s: pageS, page_bytes: bytes, output_tokens: outputTokens, ...opened }));
