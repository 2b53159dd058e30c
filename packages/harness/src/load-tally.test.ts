import { expect, it } from 'vitest';
import { emptyTally, occurredCodes, sumTallies } from './load-tally.js';

it('adds sums, takes the larger of maxima, and keeps the parts as they are', () => {
  const a = { ...emptyTally(), sentCount: 3, maxLatenessNs: 5, maxQueuedNs: 9, fluidityIndexSum: 0.5 };
  const b = { ...emptyTally(), sentCount: 4, maxLatenessNs: 7, maxQueuedNs: 2, fluidityIndexSum: 0.25 };
  a.failedCountByCode.http = 2;
  b.failedCountByCode.http = 1;
  b.failedCountByCode.reset = 1;
  const total = sumTallies([a, b]);
  expect(total).toMatchObject({ sentCount: 7, maxLatenessNs: 7, maxQueuedNs: 9, fluidityIndexSum: 0.75 });
  expect(occurredCodes(total)).toEqual({ http: 3, reset: 1 });
  expect(a.failedCountByCode.http).toBe(2);
  expect(sumTallies([])).toEqual(emptyTally());
});
