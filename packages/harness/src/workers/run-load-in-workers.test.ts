import { expect, it } from 'vitest';
import { createRunClock } from '../run-clock.js';
import { planOf } from '../testing/planned-requests.js';
import { RecordedRows } from '../testing/recorded-rows.js';
import { SETTINGS } from '../testing/virtual-run.js';
import type { LoadOrder } from './load-order.js';
import { runLoadInWorkers } from './run-load-in-workers.js';

const ORDER = { settings: { ...SETTINGS, maxInFlightCount: 3 } } as LoadOrder;

it('refuses more workers than there are slots to deal out, and closes the trace', async () => {
  const writer = new RecordedRows();
  const result = await runLoadInWorkers({
    order: ORDER,
    plan: planOf([undefined], { concurrencyCount: 2 }),
    workersCount: 4,
    clock: createRunClock(),
    writer,
    startThread: () => {
      throw new Error('started a thread');
    },
  });
  expect(result.failure?.message.split('\n')).toEqual([
    'Expected at most 2 for workersCount, under a concurrency of 2, but received 4',
    'Expected at most 3 for workersCount, under a cap of 3, but received 4',
  ]);
  expect(writer.end?.stopReason).toBe('failed');
});

it('refuses no workers', async () => {
  const result = await runLoadInWorkers({
    order: ORDER,
    plan: planOf([0]),
    workersCount: 0,
    clock: createRunClock(),
    writer: new RecordedRows(),
  });
  expect(result.failure?.message).toBe('Expected a whole number from 1 for workersCount but received 0');
});
