import { setTimeout as sleep } from 'node:timers/promises';

const RUN_MS = 10_000;
const WARM_MS = 1_000;
/** The probes' fastest tier; the others are read at its wake-ups. */
const WAKEUPS_PER_S = 40;
const timer = setInterval(() => {}, 1_000 / WAKEUPS_PER_S);
await sleep(WARM_MS);
const before = process.cpuUsage();
const startedNs = process.hrtime.bigint();
await sleep(RUN_MS);
const used = process.cpuUsage(before);
const wallUs = Number(process.hrtime.bigint() - startedNs) / 1000;
clearInterval(timer);
console.log(JSON.stringify({ core_pct: (100 * (used.user + used.system)) / wallUs, records_per_s: 0 }));
