import { deadlineMisses, scoreRequest } from '@fluidscope/metrics';
import { durationNs } from '@fluidscope/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterfactualReplay, indexOf, sumDeadlines, type DeadlineSum } from './counterfactual.js';
import { diagnose } from './diagnose.js';

import { paceExcesses } from './pace-excess.js';
import type { Stall } from './stalls.js';
import { DEADLINES, streamOf } from './testing/streams.js';
import type { TokenStream } from './token-stream.js';

const CAUSES_COUNT = 3;

/** Gaps around and above the 25 ms that are allowed, some of them stalls, and bursts after them. */
const anyGapsMs = fc.array(fc.constantFrom(1, 5, 20, 24, 26, 30, 400), { minLength: 10, maxLength: 60 });

function streamWithGaps(gapsMs: readonly number[]): TokenStream {
  const stream = streamOf(0, { tokens: gapsMs.length + 1 });
  let atNs = 50e6;
  const arrivalsNs = Float64Array.from([0, ...gapsMs], (gapMs) => (atNs += gapMs * 1e6));
  return { ...stream, timings: { ...stream.timings, arrivalsNs } };
}

function stallsOf(stream: TokenStream, medianMs: number): readonly Stall[] {
  const { arrivalsNs } = stream.timings;
  return [...arrivalsNs].flatMap((endNs, chunkIndex): Stall[] => {
    const gapNs = endNs - (arrivalsNs[chunkIndex - 1] ?? endNs);
    const excessNs = gapNs - medianMs * 1e6;
    if (gapNs < 100e6) return [];
    const expected = { medianNs: medianMs * 1e6, limitNs: medianMs * 2e6 };
    const rest = { phase: 'decode', missedCount: 0, lateChunkIndices: [] } as const;
    return [{ stream, chunkIndex, startNs: endNs - excessNs, endNs, excessNs, expected, ...rest }];
  });
}

describe('what a cause cost', () => {
  it('never lowers the fluidity-index by taking a cause away, whatever other is gone', () => {
    fc.assert(
      fc.property(anyGapsMs, fc.constantFrom(8, 24, 30), (gapsMs, medianMs) => {
        const stream = streamWithGaps(gapsMs);
        const misses = deadlineMisses(stream.timings, DEADLINES).map(({ chunkIndex }) => chunkIndex);
        const stalls = stallsOf(stream, medianMs).map((stall, index) => ({
          stall,
          sharesRatio: Array.from({ length: CAUSES_COUNT }, (_, cause) =>
            cause === index % CAUSES_COUNT ? 0.7 : 0.15,
          ),
        }));
        const paces = [
          { stream, excesses: paceExcesses(stream, misses, DEADLINES), sharesRatio: [0, 0.5, 0.25] },
        ];
        const base = sumDeadlines([stream.timings], DEADLINES);
        const replay = new CounterfactualReplay(base, { stalls, paces }, DEADLINES);
        for (let set = 0; set < 2 ** CAUSES_COUNT; set += 1)
          for (let cause = 0; cause < CAUSES_COUNT; cause += 1) {
            const removed = [0, 1, 2].filter((each) => (set & (1 << each)) !== 0);
            const before = replay.without(new Set(removed));
            expect(index(replay.without(new Set([...removed, cause])))).toBeGreaterThanOrEqual(index(before));
          }
      }),
      { numRuns: 200 },
    );
  });

  it('leaves a late chunk in time once its gaps take what the deadline allows', () => {
    fc.assert(
      fc.property(anyGapsMs, (gapsMs) => {
        const stream = streamWithGaps(gapsMs);
        const misses = deadlineMisses(stream.timings, DEADLINES).map(({ chunkIndex }) => chunkIndex);
        const paces = [{ stream, excesses: paceExcesses(stream, misses, DEADLINES), sharesRatio: [1] }];
        const base = sumDeadlines([stream.timings], DEADLINES);
        const replay = new CounterfactualReplay(base, { stalls: [], paces }, DEADLINES);
        const isFirstLate = misses[0] === 0;
        expect(replay.without(new Set([0])).missedCount).toBe(
          isFirstLate ? scoreRequest(stream.timings, DEADLINES).missedDeadlinesCount : 0,
        );
      }),
    );
  });

  it('is told of a baseline that is slower than the deadline', () => {
    const deadlines = { ...DEADLINES, tbtDeadlineNs: durationNs(8_000_000) };
    const { findings, fluidityIndex } = diagnose(
      [0, 1, 2, 3].map((index) => streamOf(index, { tokens: 300, tbtMs: 10 })),
      deadlines,
    );
    expect(fluidityIndex).toBeLessThan(0.9);
    expect(findings).toMatchObject([
      { cause: 'baseline_slower_than_deadline', kind: 'slow_throughout', fluidityIndexWithout: 1 },
    ]);
    expect(findings[0]?.shapleyIndex).toBeCloseTo(1 - (fluidityIndex ?? NaN), 9);
  });
});

function index(sum: DeadlineSum): number {
  return indexOf(sum) ?? NaN;
}
