import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketEdges, keepExtremes } from './keep-extremes.js';

const samples = fc
  .array(
    fc.record({
      gapNs: fc.integer({ min: 0, max: 50 }),
      value: fc.double({ noNaN: true }),
      breaks: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 300,
    },
  )
  .map((rows) => {
    let timeNs = 0;
    return {
      timesNs: rows.map(({ gapNs }) => (timeNs += gapNs)),
      values: rows.map(({ value }) => value),
      breaks: new Set(
        rows.flatMap(({ breaks: isBreak }, index) => (isBreak && index % 7 === 0 ? [index] : [])),
      ),
    };
  });

it('loses no extreme of any bucket, no end and no side of a break', () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 20 }), (points, bucketsCount) => {
      const { timesNs, values, breaks } = points;
      const edgesNs = bucketEdges(timesNs.at(-1) ?? 0, bucketsCount, { windows: [[10, 60]], finerCount: 5 });
      const kept = new Set(keepExtremes(points, edgesNs));
      const bucketOf = (timeNs: number): number => edgesNs.filter((edge) => edge <= timeNs).length;
      const buckets = new Map<number, number[]>();
      timesNs.forEach((timeNs, index) => {
        const bucket = bucketOf(timeNs);
        buckets.set(bucket, [...(buckets.get(bucket) ?? []), index]);
      });
      for (const indices of buckets.values()) {
        const keptValues = indices.filter((index) => kept.has(index)).map((index) => values[index] ?? NaN);
        const allValues = indices.map((index) => values[index] ?? NaN);
        expect(Math.max(...keptValues)).toBe(Math.max(...allValues));
        expect(Math.min(...keptValues)).toBe(Math.min(...allValues));
        expect(kept).toContain(indices[0]);
        expect(kept).toContain(indices.at(-1));
      }
      for (const index of breaks) {
        expect(kept).toContain(index);
        if (index + 1 < timesNs.length) expect(kept).toContain(index + 1);
      }
    }),
  );
});

it('keeps few of many', () => {
  const timesNs = Float64Array.from({ length: 100_000 }, (_, index) => index);
  const values = timesNs.map((each) => Math.sin(each));
  const edgesNs = bucketEdges(100_000, 50, { windows: [], finerCount: 0 });
  expect(keepExtremes({ timesNs, values, breaks: new Set() }, edgesNs).length).toBeLessThanOrEqual(4 * 51);
});

it('gives indices in order, each once, and none of nothing', () => {
  fc.assert(
    fc.property(samples, (points) => {
      const kept = [...keepExtremes(points, [0, 40, 80])];
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    }),
  );
  expect([...keepExtremes({ timesNs: [], values: [], breaks: new Set() }, [0, 1])]).toEqual([]);
});
