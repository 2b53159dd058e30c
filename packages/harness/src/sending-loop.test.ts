import { expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { OpenLoopPacing } from './open-loop-pacing.js';
import { RequestsAhead } from './requests-ahead.js';
import { runSendingLoop, type SendingEnd } from './sending-loop.js';
import { planOf } from './testing/planned-requests.js';
import { MS } from './testing/virtual-run.js';
import { VirtualTime } from './testing/virtual-time.js';

it('lets reads have their turn within a burst of thousands of simultaneous arrivals', async () => {
  const time = new VirtualTime();
  const requests = new RequestsAhead(planOf(Array<number>(5_000).fill(0)));
  let sentSinceReadCount = 0;
  let mostSentPerTurnCount = 0;
  const read = (): void => {
    mostSentPerTurnCount = Math.max(mostSentPerTurnCount, sentSinceReadCount);
    sentSinceReadCount = 0;
    if (end === undefined) time.callAfterIo(read);
  };
  let end: SendingEnd | undefined;
  time.callAfterIo(read);
  const done = runSendingLoop({
    pacing: new OpenLoopPacing({
      requests,
      phase: 'measured',
      startNs: runNs(0),
      endNs: undefined,
      maxInFlightCount: undefined,
    }),
    requests,
    clock: time,
    timers: time,
    endNs: undefined,
    stopSignal: new AbortController().signal,
    send: () => {
      sentSinceReadCount += 1;
    },
    recordUnsent: () => {},
  }).then((reason) => (end = reason));
  await time.advanceTo(1);
  expect(await done).toBe('finished');
  expect(mostSentPerTurnCount).toBe(16);
});

it('works out prompts while it waits, and none in the last moment before a send', async () => {
  const time = new VirtualTime();
  const builtAtMs: number[] = [];
  const plan = planOf([0, 2 * MS, 100 * MS]);
  const requests = new RequestsAhead({
    ...plan,
    *requests() {
      for (const request of plan.requests()) {
        yield {
          ...request,
          buildPrompt: () => {
            builtAtMs.push(time.nowNs() / MS);
            return request.buildPrompt();
          },
        };
      }
    },
  });
  void runSendingLoop({
    pacing: new OpenLoopPacing({
      requests,
      phase: 'measured',
      startNs: runNs(0),
      endNs: undefined,
      maxInFlightCount: undefined,
    }),
    requests,
    clock: time,
    timers: time,
    endNs: undefined,
    stopSignal: new AbortController().signal,
    send: ({ request }) => void request.prepare(),
    recordUnsent: () => {},
  });
  await time.advanceTo(200 * MS);
  expect(builtAtMs).toEqual([0, 2, 2]);
});
