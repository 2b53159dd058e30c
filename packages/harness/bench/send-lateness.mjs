// One way to wait for a send: node send-lateness.mjs <on_time|sleep|turn> <arrivals a second>
import { approximateTokenCounter, createLoadPlan } from '@fluidscope/workload';
import { createRunClock } from '../dist/index.js';
import { createNodeTimers } from '../dist/node-timers.js';

const ARRIVALS_COUNT = 1_000;

const [how, rateText] = process.argv.slice(2);
const clock = createRunClock();
const timers = createNodeTimers(clock);
const waits = {
  on_time: (atNs, callback) => timers.callOnTime(atNs, callback),
  sleep: (atNs, callback) => timers.callAt(atNs, callback),
  turn: (_, callback) => timers.callAfterIo(callback),
};

const plan = createLoadPlan(
  {
    seed: 1,
    arrivals: { kind: 'poisson', ratePerS: Number(rateText) },
    requestCount: ARRIVALS_COUNT,
    warmupRequestCount: 0,
    promptLengths: { kind: 'fixed', lengthTokens: 1 },
    outputLengths: { kind: 'fixed', lengthTokens: 1 },
  },
  { tokenCounter: approximateTokenCounter() },
);
const startNs = clock.nowNs() + 50e6;
const duesNs = Array.from(plan.requests(), ({ intendedOffsetNs }) => startNs + intendedOffsetNs);
const latenessesNs = new Float64Array(ARRIVALS_COUNT);

const cpuBefore = process.cpuUsage();
const began = clock.nowNs();
await new Promise((resolve) => lookFrom(0, resolve));
const { user, system } = process.cpuUsage(cpuBefore);
const wallUs = (clock.nowNs() - began) / 1_000;

latenessesNs.sort();
const percentileUs = (share) => latenessesNs[Math.ceil(share * ARRIVALS_COUNT) - 1] / 1_000;
console.log(
  JSON.stringify({
    lateness_p50_us: percentileUs(0.5),
    lateness_p90_us: percentileUs(0.9),
    lateness_p99_us: percentileUs(0.99),
    cpu_share_of_core: (user + system) / wallUs,
  }),
);

function lookFrom(index, done) {
  const nowNs = clock.nowNs();
  while (index < ARRIVALS_COUNT && duesNs[index] <= nowNs) {
    latenessesNs[index] = nowNs - duesNs[index];
    index += 1;
  }
  if (index === ARRIVALS_COUNT) done();
  else waits[how](duesNs[index], () => lookFrom(index, done));
}
