import { startHostProbes } from '@fluidscope/host-probes';
import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { setTimeout as sleep } from 'node:timers/promises';

const RUN_MS = 5000;
let records = 0;
const probes = startHostProbes({
  onRecords: (buffer) => (records += buffer.length / SAMPLE_RECORD_BYTES),
  onEvent: () => {},
  pids: () => [process.pid],
});
// The first second compiles the code; an agent runs for days.
await sleep(1000);
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
