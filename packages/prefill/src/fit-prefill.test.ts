import { seededRandom } from '@fluidscope/serving-sim';
import { durationNs } from '@fluidscope/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitPrefill, type PrefillFit } from './fit-prefill.js';
import { COEFFICIENTS, predictedTtftNs } from './prefill-curve.js';
import type { PrefillPoint } from './prefill-point.js';
import { CURVE, LENGTHS, pointsOf } from './testing/points.js';

function fitted(points: readonly PrefillPoint[]): PrefillFit {
  const fit = fitPrefill(points);
  if ('problem' in fit) throw new Error(fit.problem);
  return fit;
}

describe('the curve', () => {
  it('is the one behind points without noise', () => {
    const { curve, outliers, lackOfFit, heldAtZero } = fitted(pointsOf(LENGTHS));
    for (const name of COEFFICIENTS) expect(curve[name] / CURVE[name]).toBeCloseTo(1, 4);
    expect(outliers).toEqual([]);
    expect(heldAtZero).toEqual([]);
    expect(lackOfFit?.isBeyondChance).toBe(false);
  });

  it('has its coefficients within their 95 % intervals in 95 % of measurements', () => {
    const covered = { interceptNs: 0, perTokenNs: 0, perTokenSquaredNs: 0 };
    const seedsCount = 400;
    for (let seed = 1; seed <= seedsCount; seed += 1) {
      const { intervals } = fitted(pointsOf(LENGTHS, { noiseRatio: 0.04, random: seededRandom(seed) }));
      for (const name of COEFFICIENTS) {
        const [low, high] = intervals?.[name] ?? [NaN, NaN];
        if (CURVE[name] >= low && CURVE[name] <= high) covered[name] += 1;
      }
    }
    // Three standard deviations of a binomial share about 95 %.
    for (const name of COEFFICIENTS) {
      expect(covered[name] / seedsCount, name).toBeGreaterThan(0.95 - 0.033);
      expect(covered[name] / seedsCount, name).toBeLessThan(0.995);
    }
  });

  it('hardly moves for wild values among a third of the repeats', () => {
    const random = seededRandom(5);
    const points = pointsOf(LENGTHS, { noiseRatio: 0.02, random }).map((point) =>
      point.requestIndex % 3 === 0 ? { ...point, ttftNs: durationNs(9 * point.ttftNs) } : point,
    );
    const { curve, outliers } = fitted(points);
    expect(outliers).toHaveLength(points.filter(({ requestIndex }) => requestIndex % 3 === 0).length);
    for (const tokens of LENGTHS)
      expect(predictedTtftNs(curve, tokens) / predictedTtftNs(CURVE, tokens)).toBeCloseTo(1, 1);
  });

  it('neither falls nor bends down, whatever the points', () => {
    const point = fc.record({
      requestIndex: fc.nat(1_000),
      lengthTokens: fc.integer({ min: 1, max: 200_000 }),
      ttftNs: fc.integer({ min: 1, max: 1e12 }).map((ns) => durationNs(ns)),
    });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), (given) => {
        const fit = fitPrefill(given.map((each) => ({ ...each, promptTokens: each.lengthTokens })));
        if ('problem' in fit) return;
        for (const name of COEFFICIENTS) {
          expect(fit.curve[name]).toBeGreaterThanOrEqual(0);
          const [low, high] = fit.intervals?.[name] ?? [0, 0];
          expect(low).toBeLessThanOrEqual(high);
        }
        expect(Object.values(fit.curve).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('holds a bend downwards at 0 and says that it does not fit', () => {
    const timeOf = (tokens: number): number => 5e6 + 40_000 * tokens - 0.1 * tokens ** 2;
    const fit = fitted(pointsOf(LENGTHS, { noiseRatio: 0.01, random: seededRandom(2), timeOf }));
    expect(fit.heldAtZero).toContain('perTokenSquaredNs');
    expect(fit.curve.perTokenSquaredNs).toBe(0);
    expect(fit.lackOfFit?.isBeyondChance).toBe(true);
  });

  it('says aloud that a step is no quadratic, and which length it misses most', () => {
    const timeOf = (tokens: number): number => predictedTtftNs(CURVE, tokens) + (tokens >= 2048 ? 9e7 : 0);
    const fit = fitted(pointsOf(LENGTHS, { noiseRatio: 0.01, random: seededRandom(3), timeOf }));
    expect(fit.lackOfFit).toMatchObject({ isBeyondChance: true });
    expect(Math.abs(fit.lackOfFit?.worstRatio ?? 0)).toBeGreaterThan(0.1);
    expect(fit.outliers).toEqual([]);
  });

  it('cries wolf about a fit that is right no oftener than it says', () => {
    const alarms = Array.from({ length: 200 }, (_, seed) =>
      fitted(pointsOf(LENGTHS, { noiseRatio: 0.04, random: seededRandom(seed + 1) })),
    ).filter(({ lackOfFit }) => lackOfFit?.isBeyondChance === true);
    expect(alarms.length).toBeLessThan(7);
  });

  it('has intervals that grow with the noise', () => {
    const width = (noiseRatio: number): number => {
      const [low, high] = fitted(pointsOf(LENGTHS, { noiseRatio, random: seededRandom(8) })).intervals
        ?.perTokenNs ?? [NaN, NaN];
      return high - low;
    };
    expect(width(0.5)).toBeGreaterThan(5 * width(0.02));
  });
});

describe('too few points', () => {
  it.each([
    ['none', []],
    ['one length', [512]],
    ['two lengths', [512, 1024]],
  ])('%s give no curve but a reason', (_, lengths) => {
    expect(fitPrefill(pointsOf(lengths))).toEqual({
      problem: expect.stringContaining(
        `3 or more prompt lengths for a curve but received ${lengths.length}`,
      ) as string,
    });
  });

  it('one request at each of three lengths gives a curve without intervals', () => {
    const fit = fitted(pointsOf([512, 1024, 2048], { repeats: 1 }));
    expect(fit.intervals).toBeUndefined();
    expect(fit.lackOfFit).toBeUndefined();
    expect(predictedTtftNs(fit.curve, 1024) / predictedTtftNs(CURVE, 1024)).toBeCloseTo(1, 3);
  });

  it('one request at each of ten lengths gives intervals from how they scatter about the curve', () => {
    const fit = fitted(pointsOf(LENGTHS, { repeats: 1, noiseRatio: 0.05, random: seededRandom(4) }));
    expect(fit.intervals).toBeDefined();
  });
});

it('takes each prompt for what the server counted, not for what was asked', () => {
  const points = pointsOf(LENGTHS).map((point) => {
    const promptTokens = Math.round(1.3 * point.lengthTokens) + (point.requestIndex % 3);
    return { ...point, promptTokens, ttftNs: durationNs(Math.round(predictedTtftNs(CURVE, promptTokens))) };
  });
  const { curve, byLength, longestTokens } = fitted(points);
  for (const name of COEFFICIENTS) expect(curve[name] / CURVE[name]).toBeCloseTo(1, 2);
  expect(byLength).toHaveLength(LENGTHS.length);
  expect(longestTokens).toBe(Math.round(1.3 * 131_072) + 2);
});
