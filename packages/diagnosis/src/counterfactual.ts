import { tallyDeadlines, wholeWalk, type Deadlines, type TokenTimings } from '@fluidscope/metrics';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/** Deadlines pooled over streams. */
export interface DeadlineSum {
  readonly missedCount: number;
  readonly totalCount: number;
}

/** What a replay does not change, for people. */
export const HELD_FIXED = 'arrivals, batching and queueing held fixed';

/** A gap so much shorter than usual is a token that was owed, not the engine's own spread. */
const BURST_GAP_RATIO = 0.5;

/** A stall with the share of it that each of several causes is to blame for, by cause's position. */
export interface SharedStall {
  readonly stall: Stall;
  readonly sharesRatio: readonly number[];
}

/** What remains of each stall, by chunk: the share that is taken away, 0 to 1. */
type Removal = (shared: SharedStall) => number;

/**
 * The deadlines as they would have fallen had some causes' stalls taken what was expected: what follows a stall moves forward by its excess, and a
 * burst after it (tokens that were generated in time and delivered late) gives that back, for those tokens were never behind.
 *
 * Holds fixed: arrivals of requests, batching, queueing. Each stall brings the expectation that it was judged by.
 */
export class CounterfactualReplay {
  private readonly touched: readonly TouchedStream[];

  constructor(
    private readonly base: DeadlineSum,
    stalls: readonly SharedStall[],
    private readonly deadlines: Deadlines,
  ) {
    const byStream = new Map<TokenStream, SharedStall[]>();
    for (const shared of stalls) {
      const ofStream = byStream.get(shared.stall.stream);
      if (ofStream === undefined) byStream.set(shared.stall.stream, [shared]);
      else ofStream.push(shared);
    }
    this.touched = [...byStream].map(([stream, ofStream]) => new TouchedStream(stream, ofStream, deadlines));
  }

  /** Without the causes at these positions. */
  without(causes: ReadonlySet<number>): DeadlineSum {
    let { missedCount, totalCount } = this.base;
    for (const stream of this.touched) {
      const found = stream.without(causes, this.deadlines);
      missedCount += found.missedCount - stream.whole.missedCount;
      totalCount += found.totalCount - stream.whole.totalCount;
    }
    return { missedCount, totalCount };
  }
}

/** One stream with its stalls in order. Only the causes that are in it make a difference to it: each set of those is replayed once. */
class TouchedStream {
  readonly whole: DeadlineSum;
  private readonly causes: readonly number[];
  private readonly stalls: readonly SharedStall[];
  private readonly known = new Map<number, DeadlineSum>();

  constructor(
    private readonly stream: TokenStream,
    stalls: readonly SharedStall[],
    deadlines: Deadlines,
  ) {
    this.stalls = stalls.toSorted((a, b) => a.stall.chunkIndex - b.stall.chunkIndex);
    this.whole = tallyOf(stream.timings, deadlines);
    const causes = stalls.flatMap(({ sharesRatio }) =>
      sharesRatio.flatMap((share, cause) => (share > 0 ? [cause] : [])),
    );
    this.causes = [...new Set(causes)];
  }

  without(removed: ReadonlySet<number>, deadlines: Deadlines): DeadlineSum {
    let key = 0;
    this.causes.forEach((cause, bit) => (key += removed.has(cause) ? 2 ** bit : 0));
    if (key === 0) return this.whole;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const removal: Removal = ({ sharesRatio }) =>
      this.causes.reduce((sum, cause) => sum + (removed.has(cause) ? (sharesRatio[cause] ?? 0) : 0), 0);
    const found = tallyOf(replayed(this.stream, this.stalls, removal), deadlines);
    this.known.set(key, found);
    return found;
  }
}

/** Deadlines of all streams as they fell. */
export function sumDeadlines(timings: readonly TokenTimings[], deadlines: Deadlines): DeadlineSum {
  let [missedCount, totalCount] = [0, 0];
  for (const one of timings) {
    const tally = tallyOf(one, deadlines);
    missedCount += tally.missedCount;
    totalCount += tally.totalCount;
  }
  return { missedCount, totalCount };
}

function tallyOf(timings: TokenTimings, deadlines: Deadlines): DeadlineSum {
  let walkedTokens = 0;
  for (const count of timings.tokenCounts) walkedTokens += count;
  const { missedDeadlinesCount, totalDeadlinesCount } = tallyDeadlines(timings, {
    start: wholeWalk(timings, deadlines),
    tbtDeadlineNs: deadlines.tbtDeadlineNs,
    walkedTokens,
  });
  return { missedCount: missedDeadlinesCount, totalCount: totalDeadlinesCount };
}

/** One stream's timings with a part of each stall taken away; `stalls` in order of their chunks. */
export function replayed(
  { timings }: TokenStream,
  stalls: readonly SharedStall[],
  removal: Removal,
): TokenTimings {
  let [savedNs, next] = [0, 0];
  let usualNs: number | undefined;
  const { arrivalsNs } = timings;
  const moved = arrivalsNs.map((arrivalNs, index) => {
    const gapNs = arrivalNs - (arrivalsNs[index - 1] ?? arrivalNs);
    const shared = stalls[next];
    const ratio = shared?.stall.chunkIndex === index ? removal(shared) : 0;
    if (shared?.stall.chunkIndex === index) next += 1;
    if (shared !== undefined && ratio > 0) {
      savedNs += Math.round(ratio * shared.stall.excessNs);
      usualNs = shared.stall.expected.medianNs;
    } else if (usualNs !== undefined && gapNs < BURST_GAP_RATIO * usualNs) {
      savedNs = Math.max(0, savedNs - Math.round(usualNs - gapNs));
    }
    return arrivalNs - savedNs;
  });
  return { ...timings, arrivalsNs: moved };
}
