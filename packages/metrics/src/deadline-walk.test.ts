import { durationNs } from '@fluidscope/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineMisses, scoreRequest, tokenGaps, type Deadlines, type TokenTimings } from './index.js';
import { chunks, deadlineNs, gapNs } from './testing/arbitraries.js';
import { referenceTally, toBigInts } from './testing/reference.js';
import { streamOf, timingsOf } from './testing/timings.js';

const deadlinesOf = (ttftNs: number, tbtNs: number): Deadlines => ({
  ttftDeadlineNs: durationNs(ttftNs),
  tbtDeadlineNs: durationNs(tbtNs),
});

const deadlines = fc.tuple(deadlineNs, deadlineNs).map(([ttftNs, tbtNs]) => deadlinesOf(ttftNs, tbtNs));

const indexOf = (timings: TokenTimings, held: Deadlines): number =>
  scoreRequest(timings, held).fluidityIndex ?? NaN;

describe('the walk over deadlines', () => {
  it('agrees with the definition over exact integers', () => {
    fc.assert(
      fc.property(chunks, deadlines, (given, held) => {
        const timings = timingsOf(given);
        const { missed, total, lateTokens } = referenceTally(
          toBigInts(tokenGaps(timings)),
          BigInt(held.ttftDeadlineNs),
          BigInt(held.tbtDeadlineNs),
        );
        const score = scoreRequest(timings, held);
        if (total === 0n) {
          expect(score.totalDeadlinesCount).toBeUndefined();
          return;
        }
        expect(score.missedDeadlinesCount).toBe(Number(missed));
        expect(score.totalDeadlinesCount).toBe(Number(total));
        expect(score.tokenFluidityIndex).toBe((score.outputTokens - Number(lateTokens)) / score.outputTokens);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps the last nanosecond at the far end of what a double holds', () => {
    const spanNs = Number.MAX_SAFE_INTEGER;
    const held = deadlinesOf(1, 3);
    for (const lateNs of [0, 1, 2, 3, 4].map((nearNs) => spanNs - nearNs)) {
      const { missed, total } = referenceTally([BigInt(lateNs)], 1n, 3n);
      expect(scoreRequest(streamOf([lateNs]), held)).toMatchObject({
        missedDeadlinesCount: Number(missed),
        totalDeadlinesCount: Number(total),
      });
    }
  });

  it('counts one more miss at an exact multiple of the deadline, one nanosecond less does not', () => {
    const multiple = 3_002_399_751_580_330; // 3 x multiple is 2^53 - 2
    const held = deadlinesOf(1, multiple);
    expect(scoreRequest(streamOf([3 * multiple + 1]), held).missedDeadlinesCount).toBe(4);
    expect(scoreRequest(streamOf([3 * multiple]), held).missedDeadlinesCount).toBe(3);
  });

  it('lets equality meet a deadline', () => {
    expect(indexOf(streamOf([100, 50]), deadlinesOf(100, 50))).toBe(1);
    expect(indexOf(streamOf([100, 51]), deadlinesOf(100, 50))).toBe(0.5);
  });

  it('keeps slack that outgrows 2^53 from losing a comparison', () => {
    const wide = deadlinesOf(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    expect(
      indexOf(
        timingsOf([
          [1, 1_000_000],
          [Number.MAX_SAFE_INTEGER - 1, 1],
        ]),
        wide,
      ),
    ).toBe(1);
  });
});

describe('what theory promises', () => {
  it('a stream with every gap as long or longer never has a higher index', () => {
    const gapPairs = fc.array(fc.tuple(gapNs, fc.integer({ min: 0, max: 100 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(gapPairs, deadlines, (pairs, held) => {
        const fast = streamOf(pairs.map(([gap]) => gap));
        const slow = streamOf(pairs.map(([gap, extra]) => gap + extra));
        expect(indexOf(slow, held)).toBeLessThanOrEqual(indexOf(fast, held));
      }),
      { numRuns: 1_000 },
    );
  });

  it('but tokens that all come later may have a higher one: a late token starts the deadlines anew', () => {
    const rest = Array.from({ length: 98 }, () => 100);
    const earlier = streamOf([101, 101, ...rest]);
    const later = streamOf([150, 60, ...rest]);
    expect(later.arrivalsNs.every((arrivalNs, index) => arrivalNs > (earlier.arrivalsNs[index] ?? 0))).toBe(
      true,
    );
    expect(indexOf(earlier, deadlinesOf(100, 100))).toBe(0.98);
    expect(indexOf(later, deadlinesOf(100, 100))).toBe(0.99);
  });

  it('shifting all times changes nothing', () => {
    fc.assert(
      fc.property(chunks, deadlines, fc.integer({ min: -1e15, max: 1e15 }), (given, held, shiftNs) => {
        expect(scoreRequest(timingsOf(given, shiftNs), held)).toEqual(scoreRequest(timingsOf(given), held));
      }),
    );
  });

  it('chunks merged at one time equal tokens with gap 0', () => {
    fc.assert(
      fc.property(chunks, deadlines, (given, held) => {
        const spread = given.flatMap(([gap, tokens]): [number, number][] =>
          tokens === 0
            ? [[gap, 0]]
            : Array.from({ length: tokens }, (_, index): [number, number] => [index === 0 ? gap : 0, 1]),
        );
        expect(scoreRequest(timingsOf(spread), held)).toEqual(scoreRequest(timingsOf(given), held));
      }),
    );
  });

  it('chunks without tokens change nothing', () => {
    fc.assert(
      fc.property(chunks, deadlines, fc.infiniteStream(fc.boolean()), (given, held, splits) => {
        // Each gap may be split by an empty chunk: the clock of the metrics must not stop at it.
        const split = given.flatMap(([gap, tokens]): [number, number][] => {
          const halfNs = Math.floor(gap / 2);
          return splits.next().value
            ? [
                [halfNs, 0],
                [gap - halfNs, tokens],
              ]
            : [[gap, tokens]];
        });
        expect(scoreRequest(timingsOf(split), held)).toEqual(scoreRequest(timingsOf(given), held));
      }),
    );
  });

  it('a longer stream has missed at least as much and met at least as much', () => {
    fc.assert(
      fc.property(chunks, chunks, deadlines, (prefix, rest, held) => {
        const short = scoreRequest(timingsOf(prefix), held);
        const long = scoreRequest(timingsOf([...prefix, ...rest]), held);
        const missed = (score: typeof short): number => score.missedDeadlinesCount ?? 0;
        const met = (score: typeof short): number => (score.totalDeadlinesCount ?? 0) - missed(score);
        expect(missed(long)).toBeGreaterThanOrEqual(missed(short));
        expect(met(long)).toBeGreaterThanOrEqual(met(short));
      }),
    );
  });

  it('longer deadlines never lower the index', () => {
    fc.assert(
      fc.property(chunks, deadlines, deadlineNs, deadlineNs, (given, held, moreTtftNs, moreTbtNs) => {
        const timings = timingsOf(given);
        const longer = deadlinesOf(held.ttftDeadlineNs + moreTtftNs, held.tbtDeadlineNs + moreTbtNs);
        if (scoreRequest(timings, held).outputTokens === 0) return;
        expect(indexOf(timings, longer)).toBeGreaterThanOrEqual(indexOf(timings, held));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('deadlineMisses', () => {
  it('names the late tokens, when they were due and how many deadlines passed', () => {
    const timings = timingsOf(
      [
        [120, 1],
        [0, 0],
        [10, 2],
        [200, 1],
      ],
      1_000,
    );
    expect(deadlineMisses(timings, deadlinesOf(100, 50))).toEqual([
      { chunkIndex: 0, dueNs: 1_100, arrivalNs: 1_120, missedCount: 1 },
      // Due 50 after each of 1_120, and two tokens in between: 1_120 + 3 x 50.
      { chunkIndex: 3, dueNs: 1_270, arrivalNs: 1_330, missedCount: 2 },
    ]);
  });

  it('adds up to the missed deadlines of the score', () => {
    fc.assert(
      fc.property(chunks, deadlines, (given, held) => {
        const timings = timingsOf(given, -500);
        const misses = deadlineMisses(timings, held);
        const missed = misses.reduce((sum, { missedCount }) => sum + missedCount, 0);
        expect(missed).toBe(scoreRequest(timings, held).missedDeadlinesCount ?? 0);
        expect(misses.every(({ dueNs, arrivalNs }) => dueNs < arrivalNs)).toBe(true);
      }),
    );
  });
});
