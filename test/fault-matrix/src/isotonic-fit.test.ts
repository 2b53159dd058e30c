import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isotonicFit } from './isotonic-fit.js';

it('pools what falls, by weight', () => {
  const steps = isotonicFit([
    { score: 3, weight: 1, correctRatio: 0.4 },
    { score: 1, weight: 1, correctRatio: 0.2 },
    { score: 2, weight: 3, correctRatio: 0.8 },
  ]);
  expect(steps.map(({ fromScore, toScore }) => [fromScore, toScore])).toEqual([
    [1, 1],
    [2, 3],
  ]);
  expect(steps[1]?.correctRatio).toBeCloseTo(0.7);
});

it('never falls, keeps the weight and what was right in all', () => {
  const observation = fc.record({
    score: fc.integer({ min: -5, max: 5 }),
    weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
    correctRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(observation, { minLength: 1 }), (observations) => {
      const steps = isotonicFit(observations);
      steps.forEach(({ correctRatio, fromScore }, index) => {
        expect(correctRatio).toBeGreaterThan(steps[index - 1]?.correctRatio ?? -1);
        expect(fromScore).toBeGreaterThan(steps[index - 1]?.toScore ?? -Infinity);
      });
      const rightIn = (items: readonly { weight: number; correctRatio: number }[]): number =>
        items.reduce((sum, { weight, correctRatio }) => sum + weight * correctRatio, 0);
      expect(rightIn(steps)).toBeCloseTo(rightIn(observations), 6);
    }),
  );
});
