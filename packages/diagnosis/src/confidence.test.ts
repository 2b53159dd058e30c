import { describe, expect, it } from 'vitest';
import { calibratedConfidence } from './calibration.js';
import { lendableScore, statedConfidence } from './confidence.js';

const GC = { tier: 'B', highestConfidence: 0.75 } as const;

describe('how sure a claim is said to be', () => {
  it('is as calibrated where everything was seen', () => {
    const calibrated = Math.min(calibratedConfidence(3, 'B'), 0.95);
    expect(statedConfidence(3, { ...GC, missing: [] })).toEqual({ confidence: calibrated, heldBackBy: [] });
  });

  it('is held back by its cause and tier where telemetry is missing, and says by what', () => {
    expect(statedConfidence(30, { ...GC, missing: ['gpu'] })).toEqual({
      confidence: 0.75,
      heldBackBy: ['gpu'],
    });
    expect(statedConfidence(30, { ...GC, highestConfidence: 0.95, missing: ['gpu', 'host'] })).toEqual({
      confidence: 0.85,
      heldBackBy: ['gpu', 'host'],
    });
  });

  it('is never certain, and of coincidence alone hardly more than even', () => {
    expect(statedConfidence(50, { tier: 'A', highestConfidence: 1, missing: [] }).confidence).toBe(0.97);
    expect(statedConfidence(50, { tier: 'C', highestConfidence: 1, missing: [] }).confidence).toBe(0.6);
  });

  it('lends no more to another claim than its cause can be told from others', () => {
    expect(lendableScore(0.4, GC)).toBe(0.4);
    expect(lendableScore(9, GC)).toBeCloseTo(Math.log(3), 12);
  });
});
