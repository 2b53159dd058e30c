import { expect, it } from 'vitest';
import { expectedStepNs, type BatchWork, type StepCosts } from './step-time.js';

const COSTS: StepCosts = {
  baseNs: 1_000,
  linearLayers: [
    { batchTokens: 1, elapsedNs: 100 },
    { batchTokens: 11, elapsedNs: 200 },
    { batchTokens: 21, elapsedNs: 600 },
  ],
  perPrefillPairNs: 2,
  perDecodeContextTokenNs: 3,
  perSequenceNs: 7,
};

function work(fields: Partial<BatchWork>): BatchWork {
  return { batchTokens: 1, sequenceCount: 0, prefillPairCount: 0, decodeContextTokens: 0, ...fields };
}

it.each([
  [1, 1_100],
  [6, 1_150],
  [11, 1_200],
  [16, 1_400],
  [21, 1_600],
  [41, 2_400],
])('interpolates the linear layers at %d tokens and carries the last slope on', (batchTokens, expectedNs) => {
  expect(expectedStepNs(COSTS, work({ batchTokens }))).toBe(expectedNs);
});

it('adds attention and what each sequence costs', () => {
  expect(
    expectedStepNs(COSTS, work({ sequenceCount: 5, prefillPairCount: 10, decodeContextTokens: 100 })),
  ).toBe(1_100 + 35 + 20 + 300);
});

it('refuses a table without a slope', () => {
  expect(() => expectedStepNs({ ...COSTS, linearLayers: [] }, work({}))).toThrow(RangeError);
});
