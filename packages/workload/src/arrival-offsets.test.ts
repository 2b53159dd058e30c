import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalOffsets } from './arrival-offsets.js';
import { randomStreams } from './random-stream.js';
import type { ArrivalProcess, ArrivalSpec, ArrivalStage, DatasetRow } from './spec.js';
import {
  gammaCdf,
  KS_LIMIT_1_PCT,
  ksStatistic,
  mean,
  standardDeviation,
} from './testing/distribution-tests.js';

const S = 1_000_000_000;
const RATE_PER_S = 10;
const COUNT = 100_000;

function offsets(arrivals: ArrivalSpec, limit = Infinity, seed = 1): number[] {
  const taken: number[] = [];
  for (const offsetNs of arrivalOffsets(arrivals, randomStreams(seed, 'arrivals')(0), [])) {
    if (taken.length === limit) break;
    taken.push(offsetNs ?? NaN);
  }
  return taken;
}

/** Gaps in units of the mean gap, the first from time 0. */
function unitGaps(arrivals: ArrivalSpec, count = COUNT): number[] {
  const times = offsets(arrivals, count);
  return times.map((timeNs, index) => ((timeNs - (times[index - 1] ?? 0)) * RATE_PER_S) / S);
}

const step = (ratePerS: number, durationNs: number): ArrivalStage => ({
  fromRatePerS: ratePerS,
  toRatePerS: ratePerS,
  durationNs,
});

describe('constant arrivals', () => {
  it('begin at once and keep to the nanosecond of k / rate, without drift', () => {
    expect(offsets({ kind: 'constant', ratePerS: 3 }, 4)).toEqual([
      0, 333_333_333, 666_666_667, 1_000_000_000,
    ]);
    expect(offsets({ kind: 'constant', ratePerS: 3 }, 300_001).at(-1)).toBe(100_000 * S);
  });

  it('end where integer nanoseconds end', () => {
    const times = offsets({ kind: 'constant', ratePerS: 1e-6 });
    expect(times).toHaveLength(10);
    expect(times.every(Number.isSafeInteger)).toBe(true);
  });
});

describe.each([
  ['poisson', { kind: 'poisson', ratePerS: RATE_PER_S }, 1],
  ['gamma, burstiness 1', { kind: 'gamma', ratePerS: RATE_PER_S, burstiness: 1 }, 1],
  ['gamma, burstier', { kind: 'gamma', ratePerS: RATE_PER_S, burstiness: 0.25 }, 0.25],
  ['gamma, smoother', { kind: 'gamma', ratePerS: RATE_PER_S, burstiness: 4 }, 4],
] as const)('%s arrivals', (_name, arrivals, shape) => {
  const gaps = unitGaps(arrivals);

  it('have gaps of the stated distribution (Kolmogorov-Smirnov, 1 %)', () => {
    // A burst has gaps of some nanoseconds, which are rounded to whole ones: 1e-6 mean gaps are 100 ns.
    expect(ksStatistic(gaps, (gap) => gammaCdf(shape, gap * shape), 1e-6)).toBeLessThan(KS_LIMIT_1_PCT);
  });

  it('have the stated mean within 3 standard errors, and the coefficient of variation of their shape', () => {
    const variation = 1 / Math.sqrt(shape);
    expect(Math.abs(mean(gaps) - 1)).toBeLessThan((3 * variation) / Math.sqrt(COUNT));
    expect(standardDeviation(gaps) / mean(gaps)).toBeCloseTo(variation, 1);
  });

  it.each([3, 6])('keep their tail: gaps over %d mean gaps are as frequent as they must be', (limit) => {
    const expectedRatio = 1 - gammaCdf(shape, limit * shape);
    const observedRatio = gaps.filter((gap) => gap > limit).length / COUNT;
    const standardError = Math.sqrt(expectedRatio / COUNT);
    expect(Math.abs(observedRatio - expectedRatio)).toBeLessThan(3 * standardError + 1 / COUNT);
  });
});

it('gives Poisson gaps over three mean gaps a share of e^-3', () => {
  const ratio = unitGaps({ kind: 'poisson', ratePerS: RATE_PER_S }).filter((gap) => gap > 3).length / COUNT;
  expect(ratio).toBeCloseTo(Math.exp(-3), 2.5);
});

describe('stages', () => {
  const constant: ArrivalProcess = { kind: 'constant' };
  const staged = (process: ArrivalProcess, ...stages: ArrivalStage[]): ArrivalSpec => ({
    kind: 'stages',
    process,
    stages,
  });

  it('send rate x duration requests in each, the first of each on its boundary', () => {
    const times = offsets(staged(constant, step(10, 30 * S), step(20, 30 * S)));
    expect(times).toHaveLength(900);
    expect(times.slice(299, 302)).toEqual([29.9 * S, 30 * S, 30.05 * S]);
    expect(times.at(-1)).toBe(59.95 * S);
  });

  it('lose nothing to rates and times that are no binary fractions', () => {
    const times = offsets(staged(constant, step(0.1, 30 * S), step(0.3, 10 * S), step(0.7, 10 * S)));
    expect(times).toHaveLength(3 + 3 + 7);
    // 1.1 x 30 comes out above 33: a 34th request would be due at the very end.
    expect(offsets(staged(constant, step(1.1, 30 * S)))).toHaveLength(33);
  });

  it('carry a gap over a boundary, stretched by each rate for its part', () => {
    // One request in 1.5 s at 1/s: half of the second gap lies in the next stage, at half the rate.
    const times = offsets(staged(constant, step(1, 1.5 * S), step(0.5, 4 * S)));
    expect(times).toEqual([0, 1 * S, 2.5 * S, 4.5 * S]);
  });

  it('send nothing in an idle stage and go on after it', () => {
    const times = offsets(staged(constant, step(2, 1 * S), step(0, 10 * S), step(2, 1 * S)));
    expect(times).toEqual([0, 0.5 * S, 11 * S, 11.5 * S]);
    expect(offsets(staged(constant, step(0, 5 * S), step(1, 1 * S)))).toEqual([5 * S]);
  });

  it('ramp in a straight line, up and down', () => {
    const up = { fromRatePerS: 0, toRatePerS: 8, durationNs: 1 * S };
    const down = { fromRatePerS: 8, toRatePerS: 0, durationNs: 1 * S };
    expect(offsets(staged(constant, up))).toEqual([0, 0.5 * S, 707_106_781, 866_025_404]);
    expect(offsets(staged(constant, down))).toEqual([0, 133_974_596, 292_893_219, 0.5 * S]);
  });

  it('keep the Poisson process in each stage: gaps by the rate in force', () => {
    const times = offsets(staged({ kind: 'poisson' }, step(5, 4_000 * S), step(50, 400 * S)), Infinity, 3);
    const inFirst = times.filter((timeNs) => timeNs < 4_000 * S);
    const inSecond = times.filter((timeNs) => timeNs >= 4_000 * S);
    for (const [stage, ratePerS] of [
      [inFirst, 5],
      [inSecond, 50],
    ] as const) {
      // 20,000 arrivals expected; 3 standard deviations of a Poisson count.
      expect(Math.abs(stage.length - 20_000)).toBeLessThan(3 * Math.sqrt(20_000));
      const gaps = stage.slice(1).map((timeNs, index) => (timeNs - (stage[index] ?? 0)) / S);
      expect(ksStatistic(gaps, (gap) => 1 - Math.exp(-ratePerS * gap))).toBeLessThan(KS_LIMIT_1_PCT);
    }
  });

  it('are as one stage when the rates are the same', () => {
    const process = fc.constantFrom<ArrivalProcess>(
      constant,
      { kind: 'poisson' },
      { kind: 'gamma', burstiness: 0.5 },
    );
    fc.assert(
      fc.property(
        process,
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
        (kind, seed, lengthsS) => {
          const totalNs = lengthsS.reduce((sum, lengthS) => sum + lengthS * S, 0);
          const cut = offsets(
            staged(kind, ...lengthsS.map((lengthS) => step(4, lengthS * S))),
            Infinity,
            seed,
          );
          const whole = offsets(staged(kind, step(4, totalNs)), Infinity, seed);
          expect(cut).toHaveLength(whole.length);
          cut.forEach((timeNs, index) =>
            expect(Math.abs(timeNs - (whole[index] ?? NaN))).toBeLessThanOrEqual(1),
          );
        },
      ),
      { numRuns: 50, seed: 5 },
    );
  });
});

describe('recorded arrivals', () => {
  const rows = [0, 1, 999_999_999, 4_314_579_000].map((arrivalOffsetNs): DatasetRow => ({
    arrivalOffsetNs,
    prompt: { kind: 'length', promptTokens: 1 },
    output: undefined,
  }));
  const recorded = (timeScale: number): unknown[] => [
    ...arrivalOffsets({ kind: 'recorded', timeScale }, () => 0, rows),
  ];

  it('are the recorded times to the nanosecond, or scaled to the nearest one', () => {
    expect(recorded(1)).toEqual([0, 1, 999_999_999, 4_314_579_000]);
    expect(recorded(0.1)).toEqual([0, 0, 100_000_000, 431_457_900]);
    expect(recorded(3)).toEqual([0, 3, 2_999_999_997, 12_943_737_000]);
  });
});

it('has no times in a closed loop, and 0 for everything at once', () => {
  expect(offsets({ kind: 'closed_loop', concurrencyCount: 4 }, 2)).toEqual([NaN, NaN]);
  expect(offsets({ kind: 'all_at_once' }, 3)).toEqual([0, 0, 0]);
});
