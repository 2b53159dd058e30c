import { expect, it } from 'vitest';
import { createRunClock } from '../run-clock.js';
import { clientSettings } from '../testing/real-client.js';
import { SETTINGS } from '../testing/virtual-run.js';
import { serveLoad } from './serve-load.js';
import type { FromWorker } from './worker-messages.js';

it('says in its last message why its sockets could not be opened, and what helps', async () => {
  const posted: FromWorker[] = [];
  const assignment = {
    order: {
      workload: {
        seed: 3,
        arrivals: { kind: 'constant', ratePerS: 200 },
        requestCount: 4,
        warmupRequestCount: 0,
        promptLengths: { kind: 'fixed', lengthTokens: 5 },
        outputLengths: { kind: 'fixed', lengthTokens: 5 },
      },
      dataset: undefined,
      tokenizerPath: undefined,
      client: clientSettings('http://127.0.0.1:1'),
      stampSource: 'kernel',
      settings: SETTINGS,
    },
    workerIndex: 1,
    workersCount: 2,
    zero: createRunClock(),
  } as const;
  await serveLoad(
    assignment,
    { post: (message) => posted.push(message), onMessage: () => undefined },
    () => ({ reason: 'no thread could be started', hint: 'Raise the limit of threads' }),
  );
  expect(posted).toEqual([
    {
      kind: 'ended',
      reason: 'failed',
      failureMessage:
        'Expected kernel stamps but no thread could be started. Raise the limit of threads, or take --stamp-source user',
    },
  ]);
});
