import { quantile, sortSamples } from '@fluidscope/metrics';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockLength, ranksOf } from './block-length.js';
import { blockResampler } from './resample.js';
import { weightedFigures } from './weighted-figure.js';

const OPTIONS = { isOfBad: false, sharesNs: new Float64Array(0) };

describe('blockResampler', () => {
  it('draws as many requests as there are, in runs of a block', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer(),
        (count, block, seed) => {
          const times = new Int32Array(count);
          blockResampler(count, block, seed)(times);
          expect(times.reduce((sum, each) => sum + each, 0)).toBe(count);
        },
      ),
    );
  });
});

describe('blockLength', () => {
  const noise = (count: number, memory: number, seed: number): Float64Array => {
    const generator = xoroshiro128plus(seed);
    let value = 0;
    return Float64Array.from(
      { length: count },
      () => (value = memory * value + uniformFloat64(generator) - 0.5),
    );
  };

  it('grows with what requests remember of each other', () => {
    const mean = (memory: number): number =>
      Array.from({ length: 20 }, (_, seed) => blockLength(noise(1_000, memory, seed))).reduce(
        (a, b) => a + b,
        0,
      ) / 20;
    expect(mean(0)).toBeLessThan(6);
    expect(mean(0.9)).toBeGreaterThan(3 * mean(0));
  });

  it('is 1 without variance, and never beyond a third of the requests', () => {
    expect(blockLength(new Float64Array(50).fill(3))).toBe(1);
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 100 }), (values) => {
        const length = blockLength(Float64Array.from(values));
        expect(length).toBeGreaterThanOrEqual(1);
        expect(length).toBeLessThanOrEqual(Math.max(1, Math.ceil(values.length / 3)));
      }),
    );
  });

  it('ranks equal values alike and puts what is not known in the middle', () => {
    expect([...ranksOf(Float64Array.of(5, 1, 5, NaN, Infinity))]).toEqual([1.5, 0, 1.5, 1.5, 3]);
  });
});

describe('weightedFigures', () => {
  const values = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 60 });

  it('gives the metrics package’s quantile of the values as often as they count', () => {
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.infiniteStream(fc.nat(3)),
        (each, ratio, draws) => {
          const valuesNs = Float64Array.from(each);
          const times = Int32Array.from(each, () => draws.next().value as number);
          const [value] = weightedFigures(
            { kind: 'values', valuesNs },
            { ...OPTIONS, ratios: [ratio] },
          )(times);
          const counted = each.flatMap((one, index) => Array<number>(times[index] ?? 0).fill(one));
          const expected = quantile(sortSamples(Float64Array.from(counted)), ratio);
          if (expected === undefined) expect(value).toBeNaN();
          else expect(value).toBeCloseTo(expected, 9);
        },
      ),
    );
  });

  it('pools waits as often as their request counts', () => {
    fc.assert(
      fc.property(
        fc.array(values, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat(3)),
        (each, draws) => {
          const times = Int32Array.from(each, () => draws.next().value as number);
          const sample = { kind: 'waits' as const, waitsNs: each.map((waits) => Float64Array.from(waits)) };
          const [value] = weightedFigures(sample, { ...OPTIONS, ratios: [0.9] })(times);
          const counted = each.flatMap((waits, index) =>
            Array.from({ length: times[index] ?? 0 }, () => waits).flat(),
          );
          const expected = quantile(sortSamples(Float64Array.from(counted)), 0.9);
          if (expected === undefined) expect(value).toBeNaN();
          else expect(value).toBeCloseTo(expected, 9);
        },
      ),
    );
  });
});
