import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plattFit } from './platt-fit.js';

const SCORES = Array.from({ length: 61 }, (_, index) => (index - 30) / 5);

it('finds the line that made the observations', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.3, max: 2, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (slope, intercept) => {
        const line = plattFit(
          SCORES.map((score) => ({
            score,
            weight: 100,
            correctRatio: 1 / (1 + Math.exp(-(slope * score + intercept))),
          })),
        );
        expect(line.slope).toBeCloseTo(slope, 1);
        expect(line.intercept).toBeCloseTo(intercept, 1);
      },
    ),
  );
});

it('keeps a finite line where right and wrong do not overlap, or nothing was seen', () => {
  const { slope } = plattFit(SCORES.map((score) => ({ score, weight: 1, correctRatio: score > 0 ? 1 : 0 })));
  expect(slope).toBeGreaterThan(1);
  expect(slope).toBeLessThan(100);
  expect(plattFit([])).toEqual({ slope: 1, intercept: 0 });
});
