import { openTraceReader } from '@fluidscope/trace-store';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fluidscope, startSim, type RunningSim } from './fluidscope-process.js';

const AZURE = fileURLToPath(
  new URL('../../../shared/data/workloads/azure-2023-conversation.csv', import.meta.url),
);
const isThere = existsSync(AZURE);
if (!isThere) console.log('not run: the Azure trace is not beside this checkout (../shared/data/workloads)');

const REQUEST_COUNT = 60;
const TIME_SCALE = 0.1;

let folder: string;
let sim: RunningSim;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-replay-'));
  sim = await startSim();
});
afterAll(async () => {
  await sim[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

it.skipIf(!isThere)('offers recorded production traffic at its own times, with its own lengths', async () => {
  const path = join(folder, 'replay.duckdb');
  const ended = await fluidscope(
    ...['run', '-u', sim.url, '-m', sim.model, '-o', path, '--dataset', AZURE, '--ignore-eos', '--quiet'],
    ...['--time-scale', String(TIME_SCALE), '--num-requests', String(REQUEST_COUNT)],
  );
  expect(ended.status, ended.stderr).toBe(0);
  const reader = await openTraceReader(path);
  const requests = await reader.requests();
  await reader.close();
  const recorded = readFileSync(AZURE, 'utf8')
    .split('\n')
    .slice(1, REQUEST_COUNT + 1)
    .map(readRow);
  const zeroNs = requests[0]?.intendedNs ?? NaN;
  expect(requests.map((row) => row.intendedNs - zeroNs)).toEqual(
    recorded.map((row) => Math.round(Number(row.timeNs - (recorded[0]?.timeNs ?? 0n)) * TIME_SCALE)),
  );
  expect(requests.map((row) => [row.status, row.usagePromptTokens, row.outputTokens])).toEqual(
    recorded.map((row) => ['ok', row.promptTokens, row.outputTokens]),
  );
});

/** Read apart from the product's own reader: `2023-11-16 18:15:46.6805900,374,44`. */
function readRow(line: string): { timeNs: bigint; promptTokens: number; outputTokens: number } {
  const [time = '', promptTokens, outputTokens] = line.trim().split(',');
  const [seconds = '', fraction = ''] = time.split('.');
  const wholeMs = Date.parse(`${seconds.replace(' ', 'T')}Z`);
  const timeNs = BigInt(wholeMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return { timeNs, promptTokens: Number(promptTokens), outputTokens: Number(outputTokens) };
}
