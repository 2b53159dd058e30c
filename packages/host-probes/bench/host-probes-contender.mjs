import { startHostProbes } from '@fluidscope/host-probes';
import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { setTimeout as sleep } from 'node:timers/promises';

const RUN_MS = 10_000;
const WARM_MS = 20_000;
let records = 0;
const probes = startHostProbes({
  onRecords: (buffer) => (records += buffer.length / SAMPLE_RECORD_BYTES),
  onEvent: () => {},
  pids: () => [process.pid],
});
// Code that runs forty times a second is compiled late; an agent runs for days.
await sleep(WARM_MS);
records = 0;
const before = process.cpuUsage();
const startedNs = process.hrtime.bigint();
await sleep(RUN_MS);
const used = process.cpuUsage(before);
const wallUs = Number(process.hrtime.bigint() - startedNs) / 1000;
const { missedSlotsCount } = probes.describe();
probes.close();
if (records === 0) throw new Error('nothing was sampled');
console.log(
  JSON.stringify({
    core_pct: (100 * (used.user + used.system)) / wallUs,
    records_per_s: (records * 1e6) / wallUs,
    missed_slots_count: missedSlotsCount,
  }),
);
