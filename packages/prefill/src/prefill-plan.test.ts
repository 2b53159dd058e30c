import { seededRandom } from '@fluidscope/serving-sim';
import { expect, it } from 'vitest';
import { prefillLengths, prefillPlan } from './prefill-plan.js';

it('chooses powers of two for the defaults', () => {
  expect(prefillLengths(256, 131_072, 10)).toEqual([
    256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072,
  ]);
});

it('reaches both ends for any others, and gives none where there are none', () => {
  expect(prefillLengths(100, 1_900, 4)).toEqual([100, 267, 712, 1900]);
  expect(prefillLengths(3, 5, 10)).toEqual([3, 4, 5]);
  expect(prefillLengths(9, 5, 10)).toEqual([]);
});

it('shuffles by its seed, and gives every length its number of requests', () => {
  const plan = prefillPlan([256, 512, 1024], 10, seededRandom(1));
  expect(plan.map(({ requestIndex }) => requestIndex)).toEqual(Array.from({ length: 30 }, (_, at) => at));
  for (const length of [256, 512, 1024])
    expect(plan.filter(({ lengthTokens }) => lengthTokens === length)).toHaveLength(10);
  expect(prefillPlan([256, 512, 1024], 10, seededRandom(1))).toEqual(plan);
  expect(prefillPlan([256, 512, 1024], 10, seededRandom(2))).not.toEqual(plan);
  expect(plan.map(({ lengthTokens }) => lengthTokens)).not.toEqual(
    plan.map(({ lengthTokens }) => lengthTokens).sort((a, b) => a - b),
  );
});
