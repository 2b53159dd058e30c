// A neighbour that keeps every core busy for NEIGHBOUR_SECONDS (10), without an agent or beside one at the rate that is the argument.
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { startAgentProcess } from './agent-process.mjs';
import { simulatedGpus } from './simulated-gpus.mjs';
import { simulatedLibrary } from './simulated-library.mjs';
import { subscribe } from './stream-subscriber.mjs';

const SETTLE_MS = 3_000;
const seconds = Number(process.env.NEIGHBOUR_SECONDS ?? '10');
const [fastHz] = process.argv.slice(2);

const beside = fastHz === undefined ? undefined : await startBeside(Number(fastHz));
await sleep(SETTLE_MS);
const before = await beside?.agent.look();
const rounds = await Promise.all(Array.from({ length: availableParallelism() }, () => keepBusy()));
const after = await beside?.agent.look();
await beside?.stream.close();
await beside?.agent.close();

const roundsMs = rounds.flat().sort((a, b) => a - b);
console.log(
  JSON.stringify({
    neighbour_rounds_per_s: roundsMs.length / seconds,
    neighbour_round_p99_ms: roundsMs[Math.floor(roundsMs.length * 0.99)],
    ...(before === undefined || after === undefined
      ? {}
      : {
          agent_cpu_pct: pctOf(sumOf(after.cpuNsByThread) - sumOf(before.cpuNsByThread)),
          inside_calls_pct: pctOf(after.counters.insideCallsNs - before.counters.insideCallsNs),
        }),
  }),
);

async function startBeside(hz) {
  simulatedGpus();
  process.env.FLUIDSCOPE_NVML_LIBRARY = simulatedLibrary();
  const agent = await startAgentProcess({ fastHz: hz, withHost: true });
  return { agent, stream: await subscribe(agent.url) };
}

function keepBusy() {
  return new Promise((resolve, reject) => {
    new Worker(new URL('busy-neighbour.mjs', import.meta.url), { workerData: { seconds } })
      .once('message', resolve)
      .once('error', reject);
  });
}

function pctOf(ns) {
  return (ns / (after.atNs - before.atNs)) * 100;
}

function sumOf(byThread) {
  return Object.values(byThread).reduce((sum, each) => sum + each, 0);
}
