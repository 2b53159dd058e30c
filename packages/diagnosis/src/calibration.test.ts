import { expect, it } from 'vitest';
import { CALIBRATION_FIT } from './calibration-fit.js';
import { calibratedConfidence } from './calibration.js';

const TIERS = ['A', 'B', 'C'] as const;

it.each(TIERS)('is never less sure of a higher score, by evidence of tier %s', (tier) => {
  expect(CALIBRATION_FIT.lines[tier].slope).toBeGreaterThanOrEqual(0);
  const confidences = [-20, -5, -1, 0, 1, 2, 5, 20].map((score) => calibratedConfidence(score, tier));
  expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
});

it('goes by the line of its tier', () => {
  const line = { slope: 1, intercept: 0 };
  const lines = { A: line, B: { slope: 0, intercept: Math.log(4) }, C: line };
  expect(calibratedConfidence(Math.log(9), 'A', { lines })).toBeCloseTo(0.9, 12);
  expect(calibratedConfidence(Math.log(9), 'B', { lines })).toBeCloseTo(0.8, 12);
});

it('was fitted to what rules are tuned on alone', () => {
  const tuning = ['chat', 'closed-loop', 'assistants', 'digests'];
  expect(CALIBRATION_FIT.families.every((family) => tuning.includes(family))).toBe(true);
  expect(CALIBRATION_FIT.seeds.every((seed) => seed <= 20)).toBe(true);
});
