import { describe, expect, it } from 'vitest';
import { SampleLine, usualIntervalNs } from './sample-line.js';

function lineOf(samples: readonly (readonly [number, number])[], reachNs = 10): SampleLine {
  return new SampleLine(
    Float64Array.from(samples, ([timeNs]) => timeNs),
    Float64Array.from(samples, ([, value]) => value),
    new Float64Array(samples.length),
    reachNs,
  );
}

describe('a gauge', () => {
  const line = lineOf([
    [0, 1],
    [10, 3],
    [20, 5],
    [50, 7],
  ]);

  it('holds its level until the next sample, no longer than a sample reaches', () => {
    expect([-1, 0, 9, 10, 29, 31, 50].map((timeNs) => line.levelAt(timeNs))).toEqual([
      undefined,
      1,
      1,
      3,
      5,
      undefined,
      7,
    ]);
  });

  it('says how much of a span it speaks for', () => {
    expect(line.coverageRatio(0, 20)).toBe(1);
    expect(line.coverageRatio(20, 50)).toBeCloseTo(1 / 3, 12);
    expect(line.coverageRatio(-10, 10)).toBe(0.5);
    expect(line.coverageRatio(35, 45)).toBe(0);
    expect(line.coverageRatio(5, 5)).toBe(1);
  });

  it('weighs levels by the time that they were in force', () => {
    expect(line.meanOver(5, 15)).toBe(2);
    expect(line.meanOver(0, 30)).toBe(3);
    expect(line.meanOver(35, 45)).toBeUndefined();
    expect([line.minOver(5, 20), line.maxOver(5, 20)]).toEqual([1, 5]);
    expect(line.maxOver(35, 45)).toBeUndefined();
  });

  it('knows nothing where the source gave no number', () => {
    const gaps = lineOf([
      [0, NaN],
      [10, 2],
    ]);
    expect(gaps.levelAt(5)).toBeUndefined();
    expect(gaps.coverageRatio(0, 20)).toBe(0.5);
    expect(gaps.meanOver(0, 20)).toBe(2);
  });

  it('of no samples covers nothing', () => {
    const none = lineOf([]);
    expect([none.levelAt(0), none.coverageRatio(0, 1), none.meanOver(0, 1), none.growthOver(0, 1)]).toEqual([
      undefined,
      0,
      undefined,
      undefined,
    ]);
  });
});

describe('a counter', () => {
  const line = lineOf([
    [0, 100],
    [10, 104],
    [20, 104],
    [30, 2],
    [40, 5],
  ]);

  it('grew at least so much within a span, by the samples around it', () => {
    expect(line.growthOver(2, 8)).toEqual({ growth: 4, fromNs: 0, toNs: 10 });
    expect(line.growthOver(10, 20)).toEqual({ growth: 0, fromNs: 10, toNs: 20 });
  });

  it('begins anew where it falls', () => {
    expect(line.growthOver(15, 35)).toEqual({ growth: 5, fromNs: 10, toNs: 40 });
  });

  it('is not known beyond its samples', () => {
    expect(line.growthOver(-1, 5)).toBeUndefined();
    expect(line.growthOver(35, 41)).toBeUndefined();
  });
});

describe('usualIntervalNs', () => {
  it('is the median distance', () => {
    expect(usualIntervalNs(Float64Array.of(0, 10, 20, 90))).toBe(10);
    expect(usualIntervalNs(Float64Array.of(5))).toBeUndefined();
  });
});
