import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_PROFILES } from '@fluidscope/serving-sim';
import { EngineClock } from '../dist/engine-clock.js';
import { GpuSimulation } from '../dist/gpu-simulation.js';

const WARM_UP_MS = 3_000;
const MEASURED_MS = 20_000;
const NOMINAL_NS = 8_000_000;

const gpuCount = Number(process.argv[2]);
const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'sim-gpus-'));
const truth = process.argv[3] === 'truth' ? { truthFile: join(folder, 'truth.ndjson') } : {};
const clock = new EngineClock();
const gpus =
  gpuCount === 0
    ? undefined
    : new GpuSimulation(
        { board: 'h100', gpuCount, statePath: `/dev/shm/sim-gpus-bench-${process.pid}`, ...truth },
        clock,
        1,
      );

const { costs } = ENGINE_PROFILES['h100-llama3-8b'];
const work = { batchTokens: 32, sequenceCount: 32, prefillPairCount: 0, decodeContextTokens: 50_000 };
let isOver = false;
let nextNs = clock.nowNs();

/** An engine's iterations, each started when the one before it ends. */
function step() {
  if (isOver) return;
  while (nextNs <= clock.nowNs())
    nextNs += gpus?.group.runStep({ startNs: nextNs, nominalNs: NOMINAL_NS, work, costs }) ?? NOMINAL_NS;
  setTimeout(step, Math.max(0, (nextNs - clock.nowNs()) / 1e6));
}

step();
await sleep(WARM_UP_MS);
globalThis.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
const before = process.cpuUsage();
const startedMs = performance.now();
await sleep(MEASURED_MS);
const { user, system } = process.cpuUsage(before);
const elapsedMs = performance.now() - startedMs;
globalThis.gc?.();
const heapAfter = process.memoryUsage().heapUsed;
isOver = true;
await gpus?.close();
rmSync(folder, { recursive: true });
console.log(
  JSON.stringify({
    core_pct: ((user + system) / 1_000 / elapsedMs) * 100,
    heap_growth_bytes: Math.max(0, heapAfter - heapBefore),
  }),
);
