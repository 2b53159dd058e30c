import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minTbtDeadline, tbtGaps } from './index.js';
import { chunks } from './testing/arbitraries.js';
import { referencePasses, toBigInts } from './testing/reference.js';
import { streamOf, timingsOf } from './testing/timings.js';

describe('minTbtDeadline', () => {
  it.each<[string, number[], number]>([
    ['one decode gap is its own deadline', [5, 40], 40],
    ['a steady stream has its gap', [5, 20, 20, 20, 20], 20],
    ['early tokens pay for late ones', [5, 10, 30], 20],
    ['tokens at one time leave the smallest deadline there is', [5, 0, 0, 0], 1],
    // Nine in time and one late by less than a deadline: one missed of ten.
    ['one miss in ten passes', [5, ...Array.from({ length: 9 }, () => 20), 39], 20],
    // Late by a whole deadline: two missed of eleven.
    ['two in eleven do not', [5, ...Array.from({ length: 9 }, () => 20), 40], 21],
  ])('%s', (_case, gapsNs, expectedNs) => {
    expect(minTbtDeadline(streamOf(gapsNs))).toBe(expectedNs);
  });

  it('is undefined below two tokens', () => {
    expect(minTbtDeadline(timingsOf([]))).toBeUndefined();
    expect(
      minTbtDeadline(
        timingsOf([
          [7, 1],
          [9, 0],
        ]),
      ),
    ).toBeUndefined();
  });

  it('is the smallest of all deadlines, tried one by one', () => {
    const shortChunks = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 3 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(shortChunks, (given) => {
        const timings = timingsOf(given);
        const gapsNs = toBigInts(tbtGaps(timings));
        const foundNs = minTbtDeadline(timings);
        fc.pre(gapsNs.length > 0);
        let smallestNs = 1n;
        while (!referencePasses(gapsNs, smallestNs)) smallestNs += 1n;
        expect(foundNs).toBe(Number(smallestNs));
      }),
      { numRuns: 2_000 },
    );
  });

  it('passes, as does its upper neighbour, and its lower one does not', () => {
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 10_000 }), (given, scale) => {
        const timings = timingsOf(given.map(([gapNs, tokens]) => [gapNs * scale, tokens]));
        const gapsNs = toBigInts(tbtGaps(timings));
        fc.pre(gapsNs.length > 0);
        const foundNs = BigInt(minTbtDeadline(timings) ?? 0);
        expect(referencePasses(gapsNs, foundNs)).toBe(true);
        expect(referencePasses(gapsNs, foundNs + 1n)).toBe(true);
        if (foundNs > 1n) expect(referencePasses(gapsNs, foundNs - 1n)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is exact over a span of 2^53 - 1', () => {
    const gapsNs = [Number.MAX_SAFE_INTEGER - 1_000_003, 0, 1_000_000, 3];
    const timings = streamOf([0, ...gapsNs]);
    const foundNs = BigInt(minTbtDeadline(timings) ?? 0);
    expect(referencePasses(gapsNs.map(BigInt), foundNs)).toBe(true);
    expect(referencePasses(gapsNs.map(BigInt), foundNs - 1n)).toBe(false);
  });
});
