import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binForBudget, thinMarks, type ChunkTimes } from './thin-marks.js';

const chunks = fc
  .array(
    fc.record({
      gapNs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 200, max: 900 })),
      tokens: fc.integer({ min: 1, max: 5 }),
      missed: fc.constantFrom(0, 0, 0, 1, 7),
    }),
    { maxLength: 200 },
  )
  .map((rows): ChunkTimes => {
    let timeNs = 0;
    return {
      arrivalsNs: Float64Array.from(rows, ({ gapNs }) => (timeNs += gapNs)),
      tokenCounts: Uint32Array.from(rows, ({ tokens }) => tokens),
      missedCounts: Uint32Array.from(rows, ({ missed }) => missed),
    };
  });

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

it('keeps the sums of tokens and of misses, the first chunk and the last', () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 0, max: 500 }), (each, binNs) => {
      const marks = thinMarks(each, binNs);
      expect(sum(marks.tokenCounts)).toBe(sum(each.tokenCounts));
      expect(sum(marks.missedCounts)).toBe(sum(each.missedCounts));
      expect(marks.timesNs[0]).toBe(each.arrivalsNs[0]);
      expect(marks.timesNs.at(-1)).toBe(each.arrivalsNs.at(-1));
    }),
  );
});

it('keeps both sides of each wait that is longer than a bin, and the longest of every bin', () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 150 }), (each, binNs) => {
      const times = new Set(thinMarks(each, binNs).timesNs);
      each.arrivalsNs.forEach((arrivalNs, index) => {
        const beforeNs = each.arrivalsNs[index - 1];
        if (beforeNs === undefined || arrivalNs - beforeNs <= binNs) return;
        expect(times).toContain(arrivalNs);
        expect(times).toContain(beforeNs);
      });
    }),
  );
});

it('shows where the first late token of a bin came', () => {
  const each: ChunkTimes = {
    arrivalsNs: Float64Array.of(0, 10, 20, 30, 40, 50),
    tokenCounts: new Uint32Array(6).fill(1),
    missedCounts: Uint32Array.of(0, 0, 0, 2, 1, 0),
  };
  expect(thinMarks(each, 1_000).timesNs).toContain(30);
});

it('thins nothing that fits, and as much as it must of what does not', () => {
  const stream: ChunkTimes = {
    arrivalsNs: Float64Array.from({ length: 10_000 }, (_, index) => index * 10),
    tokenCounts: new Uint32Array(10_000).fill(1),
    missedCounts: new Uint32Array(10_000),
  };
  const limits = { leastBinNs: 5, mostBinNs: 1_000_000 };
  expect(binForBudget([stream], { ...limits, mostCount: 10_000 })).toBe(0);
  const binNs = binForBudget([stream], { ...limits, mostCount: 1_000 });
  expect(binNs).toBeGreaterThan(0);
  expect(thinMarks(stream, binNs).timesNs.length).toBeLessThanOrEqual(1_000);
  expect(thinMarks(stream, binNs / 2).timesNs.length).toBeGreaterThan(1_000);
});
