import { expect, it } from 'vitest';
import { Coverage } from './coverage.js';

it('is the share of time without a loss, each moment counted once', () => {
  const coverage = new Coverage(1_000);
  expect(coverage.ratio(1_000)).toBeUndefined();
  expect(coverage.ratio(2_000)).toBe(1);
  coverage.lose(0, 1_100);
  coverage.lose(1_200, 1_300);
  coverage.lose(1_250, 1_400);
  coverage.lose(1_210, 1_220);
  expect(coverage.ratio(2_000)).toBeCloseTo(0.7, 12);
  coverage.lose(0, 9_000);
  expect(coverage.ratio(2_000)).toBe(0);
});

it('weighs a loss by what is missing of its time', () => {
  const coverage = new Coverage(0);
  coverage.lose(100, 200, 0.05);
  coverage.lose(150, 300);
  expect(coverage.ratio(1_000)).toBeCloseTo(1 - 0.005 - 0.1, 12);
});
