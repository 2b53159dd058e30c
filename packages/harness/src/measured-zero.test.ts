import { expect, it } from 'vitest';
import { measuredZeroOffsetNs } from './measured-zero.js';
import { planOf } from './testing/planned-requests.js';

it('is the plan’s own zero without a warm-up, and its first measured request behind one', () => {
  expect(measuredZeroOffsetNs(planOf([30, 40]))).toBe(0);
  expect(measuredZeroOffsetNs(planOf([30, 40], { warmupOffsetsNs: [0, 10] }))).toBe(30);
  expect(
    measuredZeroOffsetNs(planOf([undefined], { warmupOffsetsNs: [undefined], concurrencyCount: 1 })),
  ).toBe(0);
  expect(measuredZeroOffsetNs(planOf([]))).toBe(0);
});
