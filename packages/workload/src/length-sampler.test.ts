import { describe, expect, it } from 'vitest';
import { createLengthSampler, type DrawnLengthSpec } from './length-sampler.js';
import { randomStreams } from './random-stream.js';
import { chiSquareDeviations, mean, standardDeviation } from './testing/distribution-tests.js';

const COUNT = 40_000;

function draw(spec: DrawnLengthSpec): number[] {
  const sampler = createLengthSampler(spec);
  const streams = randomStreams(11, 'length');
  return Array.from({ length: COUNT }, (_, index) => sampler(streams(index)));
}

function frequencies(lengths: readonly number[], minTokens: number, maxTokens: number): number[] {
  const counts = new Array<number>(maxTokens - minTokens + 1).fill(0);
  for (const length of lengths) counts[length - minTokens] = (counts[length - minTokens] ?? 0) + 1;
  return counts;
}

it('draws a fixed length', () => {
  expect(new Set(draw({ kind: 'fixed', lengthTokens: 512 }))).toEqual(new Set([512]));
});

it('draws every length of a uniform range alike, both ends too', () => {
  const counts = frequencies(draw({ kind: 'uniform', minTokens: 5, maxTokens: 24 }), 5, 24);
  expect(
    Math.abs(
      chiSquareDeviations(
        counts,
        counts.map(() => COUNT / 20),
      ),
    ),
  ).toBeLessThan(3);
  expect(new Set(draw({ kind: 'uniform', minTokens: 7, maxTokens: 7 }))).toEqual(new Set([7]));
});

describe.each([
  { kind: 'normal', meanTokens: 512, stddevTokens: 64 },
  { kind: 'lognormal', meanTokens: 512, stddevTokens: 256 },
  { kind: 'lognormal', meanTokens: 2_000, stddevTokens: 4_000 },
] as const)('$kind lengths of mean $meanTokens and deviation $stddevTokens', (spec) => {
  const lengths = draw(spec);

  it('have the stated mean within 3 standard errors', () => {
    expect(Math.abs(mean(lengths) - spec.meanTokens)).toBeLessThan(
      (3 * spec.stddevTokens) / Math.sqrt(COUNT),
    );
  });

  it('are whole numbers from 1', () => {
    expect(lengths.every((length) => Number.isInteger(length) && length >= 1)).toBe(true);
  });
});

it('gives normal lengths the stated deviation, and lognormal ones that of their logarithms', () => {
  const normal = draw({ kind: 'normal', meanTokens: 512, stddevTokens: 64 });
  expect(standardDeviation(normal)).toBeCloseTo(64, 0);
  const lognormal = draw({ kind: 'lognormal', meanTokens: 2_000, stddevTokens: 4_000 });
  expect(standardDeviation(lognormal.map(Math.log))).toBeCloseTo(Math.sqrt(Math.log(5)), 1.5);
});

it('draws again below one token, and moves the mean by less than 3 % in the worst case that a spec may state', () => {
  const lengths = draw({ kind: 'normal', meanTokens: 100.5, stddevTokens: 50 });
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1);
  expect(mean(lengths) / 100.5 - 1).toBeGreaterThan(0);
  expect(mean(lengths) / 100.5 - 1).toBeLessThan(0.03);
});

it.each([0, 0.8, 1, 1.5])('draws zipf lengths in proportion to rank^-%d', (exponent) => {
  const counts = frequencies(draw({ kind: 'zipf', exponent, minTokens: 10, maxTokens: 29 }), 10, 29);
  const weights = counts.map((_, index) => (index + 1) ** -exponent);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const expected = weights.map((weight) => (weight / sum) * COUNT);
  expect(Math.abs(chiSquareDeviations(counts, expected))).toBeLessThan(3);
});
