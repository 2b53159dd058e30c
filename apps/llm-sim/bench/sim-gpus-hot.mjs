import { ENGINE_PROFILES, GPU_BOARDS, GpuGroup, GpuSensors, seededRandom } from '@fluidscope/serving-sim';
import { GpuPublisher } from '../dist/gpu-publisher.js';
import { GpuStateFile } from '../dist/gpu-state-file.js';

const GPU_COUNT = 8;
const TURN_NS = 10_000_000;
const WARM_UP_NS = 10e9;
const MEASURED_NS = 120e9;
const NOMINAL_NS = 8_000_000;

const path = `/dev/shm/sim-gpus-hot-${process.pid}`;
const file = new GpuStateFile({
  path,
  board: GPU_BOARDS.h100,
  gpuCount: GPU_COUNT,
  persona: 0,
  seed: 1,
  hostIndex: 0,
});
const group = new GpuGroup('h100', GPU_COUNT);
const random = seededRandom(1);
const clock = { toMonoNs: (atNs) => BigInt(atNs) };
const publishers = group.gpus.map(
  (gpu, index) =>
    new GpuPublisher(index, {
      gpu,
      sensors: new GpuSensors(gpu, random),
      file,
      clock,
      wallOffsetUs: 0n,
    }),
);
const { costs } = ENGINE_PROFILES['h100-llama3-8b'];
const work = { batchTokens: 32, sequenceCount: 32, prefillPairCount: 0, decodeContextTokens: 50_000 };
let atNs = 0;
let nextNs = 0;

/** The server's turns, one after the other: iterations that started, sensors that came due, one publication. */
function runTo(toNs) {
  for (; atNs < toNs; atNs += TURN_NS) {
    while (nextNs <= atNs) nextNs += group.runStep({ startNs: nextNs, nominalNs: NOMINAL_NS, work, costs });
    for (const each of publishers) each.advance(atNs);
    file.publish(BigInt(atNs));
  }
}

runTo(WARM_UP_NS);
globalThis.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
const before = process.cpuUsage();
runTo(WARM_UP_NS + MEASURED_NS);
const { user, system } = process.cpuUsage(before);
globalThis.gc?.();
const heapAfter = process.memoryUsage().heapUsed;
file.close();
console.log(
  JSON.stringify({
    core_pct: (((user + system) * 1_000) / MEASURED_NS) * 100,
    heap_growth_bytes: Math.max(0, heapAfter - heapBefore),
  }),
);
