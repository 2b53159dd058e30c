// Runs a load on the built packages as a program would, and then does nothing: it must end by itself.
import {
  chooseStampSource,
  createLoadClient,
  createRunClock,
  runLoad,
  runLoadInWorkers,
} from '@fluidscope/harness';
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
const plan = createLoadPlan(workload, { tokenCounter: approximateTokenCounter() });
const { settings } = order;
const results = [];
for (const asked of /** @type {const} */ (['auto', 'user'])) {
  const { source: stampSource } = await chooseStampSource(asked);
  const client = createLoadClient({ client: order.client, stampSource, clock });
  const control = { plan, clock, writer: nowhereWriter() };
  results.push(await runLoad({ ...control, settings, client, prefixTokenCounts: undefined }));
  await client.close();
  const workers = { order: { ...order, stampSource }, workersCount: 2 };
  results.push(await runLoadInWorkers({ ...control, ...workers, writer: nowhereWriter() }));
}
console.log(JSON.stringify(results.map(({ stopReason, counts }) => [stopReason, counts.okCount])));
