import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StallsByEnd } from './stalls-by-end.js';
import type { Stall } from './stalls.js';
import { streamOf } from './testing/streams.js';

const STREAM = streamOf(0, { tokens: 2 });

function stallOf(endNs: number, excessNs: number): Stall {
  return {
    ...{ stream: STREAM, chunkIndex: 1, phase: 'decode', startNs: endNs - excessNs, endNs, excessNs },
    ...{ expected: { medianNs: 1, limitNs: 2 }, missedCount: 0, lateChunkIndices: [] },
  };
}

it('finds the stalls of a span, and whether one of them was long, as a walk over all does', () => {
  const anyStall = fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 300 }));
  const anySpan = fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }));
  fc.assert(
    fc.property(
      fc.array(anyStall, { maxLength: 400 }),
      anySpan,
      fc.integer({ min: 1, max: 310 }),
      (all, [fromNs, lengthNs], leastNs) => {
        const stalls = all.map(([endNs, excessNs]) => stallOf(endNs, excessNs));
        const byEnd = new StallsByEnd(stalls);
        const within = stalls.filter(({ endNs }) => endNs >= fromNs && endNs <= fromNs + lengthNs);
        expect(byEnd.endedWithin(fromNs, fromNs + lengthNs)).toHaveLength(within.length);
        expect(byEnd.hasEndedWithin(fromNs, fromNs + lengthNs, leastNs)).toBe(
          within.some(({ excessNs }) => excessNs >= leastNs),
        );
      },
    ),
  );
});
