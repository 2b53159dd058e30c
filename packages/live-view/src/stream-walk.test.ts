import { deadlineMisses, scoreRequest, type Deadlines } from '@fluidscope/metrics';
import { durationNs, runNs } from '@fluidscope/units';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StreamWalk } from './stream-walk.js';

const gapNs = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 9e9 }));
const chunks = fc.array(fc.tuple(gapNs, fc.integer({ min: 0, max: 4 })), { maxLength: 40 });
const deadlineNs = fc.integer({ min: 1, max: 300 });

it('finds, a chunk at a time, the misses and totals that the metrics find over the whole stream', () => {
  fc.assert(
    fc.property(
      chunks,
      deadlineNs,
      deadlineNs,
      fc.integer({ min: 0, max: 1e12 }),
      (given, ttft, tbt, startNs) => {
        const deadlines: Deadlines = { ttftDeadlineNs: durationNs(ttft), tbtDeadlineNs: durationNs(tbt) };
        let atNs = startNs;
        const arrivalsNs = Float64Array.from(given, ([gap]) => (atNs += gap));
        const tokenCounts = Uint32Array.from(given, ([, tokens]) => tokens);
        const timings = { startNs: runNs(startNs), arrivalsNs, tokenCounts };
        const walk = new StreamWalk(startNs, deadlines);
        const late: unknown[] = [];
        let settledCount = 0;
        tokenCounts.forEach((tokens, chunkIndex) => {
          if (tokens === 0) return;
          const arrivalNs = arrivalsNs[chunkIndex] ?? 0;
          const walked = walk.take(arrivalNs, tokens);
          settledCount += walked.settledCount;
          if (walked.missedCount > 0)
            late.push({ chunkIndex, dueNs: walked.dueNs, arrivalNs, missedCount: walked.missedCount });
        });
        expect(late).toEqual(deadlineMisses(timings, deadlines));
        const score = scoreRequest(timings, deadlines);
        if (walk.tokens > 0) {
          expect(settledCount).toBe(score.totalDeadlinesCount);
          expect(walk.missedCount).toBe(score.missedDeadlinesCount);
        }
      },
    ),
  );
});

it('starts the next due time anew from a late token, and moves it on from one in time', () => {
  const walk = new StreamWalk(0, { ttftDeadlineNs: durationNs(100), tbtDeadlineNs: durationNs(10) });
  expect(walk.take(40, 1)).toEqual({ gapNs: 40, isFirst: true, dueNs: 100, missedCount: 0, settledCount: 1 });
  expect(walk.dueNs).toBe(110);
  expect(walk.take(135, 2)).toEqual({
    gapNs: 95,
    isFirst: false,
    dueNs: 110,
    missedCount: 3,
    settledCount: 4,
  });
  expect(walk.dueNs).toBe(155);
});
