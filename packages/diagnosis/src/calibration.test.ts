import { expect, it } from 'vitest';
import { CALIBRATION_FIT } from './calibration-fit.js';
import { calibratedConfidence } from './calibration.js';

it('is surer of a higher score, and even where the fitted line crosses zero', () => {
  const { slope, intercept } = CALIBRATION_FIT;
  expect(slope).toBeGreaterThan(0);
  expect(calibratedConfidence(-intercept / slope)).toBeCloseTo(0.5, 12);
  const scores = [-20, -5, -1, 0, 1, 2, 5, 20];
  const confidences = scores.map((score) => calibratedConfidence(score));
  expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
});

it('takes a score at its word without a fit', () => {
  const unfitted = { ...CALIBRATION_FIT, slope: 1, intercept: 0 };
  expect(calibratedConfidence(Math.log(9), unfitted)).toBeCloseTo(0.9, 12);
});

it('was fitted to what rules are tuned on alone', () => {
  expect(CALIBRATION_FIT.families.every((family) => ['chat', 'closed-loop'].includes(family))).toBe(true);
  expect(CALIBRATION_FIT.seeds.every((seed) => seed <= 20)).toBe(true);
});
