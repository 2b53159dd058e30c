// node --expose-gc flat-memory.mjs <seconds>: a client that makes up its streams, a trace that keeps nothing.
import { approximateTokenCounter, createLoadPlan } from '@fluidscope/workload';
import { createRunClock, runLoad } from '../dist/index.js';
import { nowhereWriter } from './nowhere-writer.mjs';

const STREAMS_COUNT = 1_000;
const TBT_MS = 20;
const MEAN_OUTPUT_TOKENS = 250;

const durationS = Number(process.argv[2]);
const clock = createRunClock();
const running = new Set();
const chunk = {
  arrivalNs: 0,
  stampSource: 'user',
  errorNs: 1_000,
  kind: 'content',
  text: 'word ',
  usageOutputTokensSoFar: undefined,
};

// A timer that is set again only when its work is done: an interval that cannot keep up would let nothing else run.
let pulse = setTimeout(beat, TBT_MS);

function beat() {
  for (const stream of running) {
    chunk.arrivalNs = clock.nowNs();
    stream.observer.onChunk(chunk);
    stream.leftTokens -= 1;
    if (stream.leftTokens === 0 || stream.signal.aborted) end(stream);
  }
  pulse = setTimeout(beat, TBT_MS);
}

const client = {
  send: ({ maxOutputTokens }, observer, signal) =>
    new Promise((resolve) => {
      observer.onSent(clock.nowNs());
      running.add({ observer, signal, resolve, leftTokens: maxOutputTokens });
    }),
  close: () => Promise.resolve(),
};

function end(stream) {
  running.delete(stream);
  const status = stream.leftTokens === 0 ? 'ok' : 'cancelled';
  stream.resolve({ status, errorCode: status === 'ok' ? undefined : 'cancelled', endedNs: clock.nowNs() });
}

function heldBytes() {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const held = [];
const cpuBefore = process.cpuUsage();
const { counts, failure } = await runLoad({
  plan: createLoadPlan(
    {
      seed: 1,
      arrivals: { kind: 'closed_loop', concurrencyCount: STREAMS_COUNT },
      warmupRequestCount: 0,
      promptLengths: { kind: 'fixed', lengthTokens: 30 },
      outputLengths: { kind: 'uniform', minTokens: 1, maxTokens: 2 * MEAN_OUTPUT_TOKENS - 1 },
    },
    { tokenCounter: approximateTokenCounter() },
  ),
  client,
  clock,
  writer: nowhereWriter(),
  prefixTokenCounts: undefined,
  settings: {
    deadlines: { ttftDeadlineNs: 1e9, tbtDeadlineNs: 50e6 },
    ignoreEos: true,
    durationNs: durationS * 1e9,
    drainLimitNs: 1e9,
    maxInFlightCount: undefined,
  },
  onProgress: ({ stage, elapsedNs }) => {
    if (stage === 'measured' && elapsedNs >= 30e9) held.push(heldBytes());
  },
});
const { user, system } = process.cpuUsage(cpuBefore);
clearTimeout(pulse);
if (failure !== undefined) throw failure;
if (held.length < 2) throw new Error(`Expected at least 32 s to run but received ${durationS}`);
console.log(
  JSON.stringify({
    held_after_30_s_bytes: held[0],
    held_at_the_end_bytes: held.at(-1),
    growth_bytes: held.at(-1) - held[0],
    cpu_us_per_token: (user + system) / counts.outputTokens,
  }),
);
