// Runs a load on the built packages as a program would, and then does nothing: it must end by itself.
import { createRunClock, runLoad, runLoadInWorkers } from '@fluidscope/harness';
import { createLlmClient } from '@fluidscope/llm-client';
import { approximateTokenCounter, createLoadPlan } from '@fluidscope/workload';
import { nowhereWriter } from '../../packages/harness/bench/nowhere-writer.mjs';

const url = process.argv[2] ?? '';
const workload = {
  seed: 1,
  arrivals: { kind: /** @type {const} */ ('constant'), ratePerS: 100 },
  requestCount: 10,
  warmupRequestCount: 2,
  promptLengths: { kind: /** @type {const} */ ('fixed'), lengthTokens: 5 },
  outputLengths: { kind: /** @type {const} */ ('fixed'), lengthTokens: 5 },
};
const order = {
  workload,
  dataset: undefined,
  tokenizerPath: undefined,
  client: {
    baseUrl: url,
    endpointType: /** @type {const} */ ('chat'),
    model: 'm',
    apiKey: undefined,
    headers: {},
    extraBody: {},
    timeouts: {
      connectTimeoutNs: undefined,
      firstByteTimeoutNs: undefined,
      idleTimeoutNs: undefined,
      totalTimeoutNs: undefined,
    },
  },
  settings: {
    deadlines: { ttftDeadlineNs: 1e9, tbtDeadlineNs: 5e7 },
    ignoreEos: false,
    durationNs: 60e9,
    drainLimitNs: 60e9,
    maxInFlightCount: undefined,
  },
};

const clock = createRunClock();
const client = createLlmClient({ ...order.client, clock });
const plan = createLoadPlan(workload, { tokenCounter: approximateTokenCounter() });
const { settings } = order;
const single = await runLoad({
  plan,
  settings,
  client,
  clock,
  writer: nowhereWriter(),
  prefixTokenCounts: undefined,
});
await client.close();
const spread = await runLoadInWorkers({ order, plan, workersCount: 2, clock, writer: nowhereWriter() });
console.log(JSON.stringify([single, spread].map(({ stopReason, counts }) => [stopReason, counts.okCount])));
