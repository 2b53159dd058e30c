import { tallyDeadlines, wholeWalk, type Deadlines, type TokenTimings } from '@fluidscope/metrics';
import type { PaceExcess } from './pace-excess.js';
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

/** Of a stream that was late without a stall, the gaps that its deadline does not allow, and the share of them that each cause is to blame for. */
export interface SharedPace {
  readonly stream: TokenStream;
  readonly excesses: readonly PaceExcess[];
  readonly sharesRatio: readonly number[];
}

/** Of each stall, or gap, the share that is taken away, 0 to 1. */
type Removal = (shared: Pick<SharedStall, 'sharesRatio'>) => number;

/** What delayed streams; positions in `sharesRatio` mean the same causes in both. */
export interface SharedDelays {
  readonly stalls: readonly SharedStall[];
  readonly paces?: readonly SharedPace[];
}

/**
 * The deadlines as they would have fallen had some causes' stalls taken what was expected: what follows a stall moves forward by its excess, and a
 * burst after it (tokens that were generated in time and delivered late) gives that back, for those tokens were never behind. Where a stream was slow without
 * a stall, nothing tells what it would have been: its gaps take what the deadline allows.
 *
 * Holds fixed: arrivals of requests, batching, queueing. Each stall brings the expectation that it was judged by. Taking more causes away never costs
 * a deadline.
 */
export class CounterfactualReplay {
  private readonly touched: readonly TouchedStream[];

  constructor(
    private readonly base: DeadlineSum,
    { stalls, paces = [] }: SharedDelays,
    private readonly deadlines: Deadlines,
  ) {
    const byStream = new Map<TokenStream, { stalls: SharedStall[]; paces: SharedPace[] }>();
    const delaysOf = (stream: TokenStream): { stalls: SharedStall[]; paces: SharedPace[] } => {
      const known = byStream.get(stream) ?? { stalls: [], paces: [] };
      byStream.set(stream, known);
      return known;
    };
    for (const shared of stalls) delaysOf(shared.stall.stream).stalls.push(shared);
    for (const shared of paces) delaysOf(shared.stream).paces.push(shared);
    this.touched = [...byStream].map(([stream, delays]) => new TouchedStream(stream, delays, deadlines));
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

/** One stream with its delays in order. Only the causes that are in it make a difference to it: each set of those is replayed once. */
class TouchedStream {
  readonly whole: DeadlineSum;
  private readonly causes: readonly number[];
  private readonly stalls: readonly SharedStall[];
  private readonly paces: readonly SharedPace[];
  private readonly known = new Map<number, DeadlineSum>();

  constructor(
    private readonly stream: TokenStream,
    { stalls, paces = [] }: SharedDelays,
    deadlines: Deadlines,
  ) {
    this.stalls = stalls.toSorted((a, b) => a.stall.chunkIndex - b.stall.chunkIndex);
    this.paces = paces;
    this.whole = tallyOf(stream.timings, deadlines);
    const causes = [...stalls, ...paces].flatMap(({ sharesRatio }) =>
      sharesRatio.flatMap((share, cause) => (share > 0 ? [cause] : [])),
    );
    this.causes = [...new Set(causes)];
  }

  without(removed: ReadonlySet<number>, deadlines: Deadlines): DeadlineSum {
    const own = this.causes.filter((cause) => removed.has(cause));
    const key = this.causes.reduce((sum, cause, bit) => sum + (removed.has(cause) ? 2 ** bit : 0), 0);
    if (own.length === 0) return this.whole;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fewer = own.map((cause) =>
      this.without(new Set(own.filter((other) => other !== cause)), deadlines),
    );
    const found = fewer.reduce(better, this.replayedWithout(removed, deadlines));
    this.known.set(key, found);
    return found;
  }

  private replayedWithout(removed: ReadonlySet<number>, deadlines: Deadlines): DeadlineSum {
    const removal: Removal = ({ sharesRatio }) =>
      this.causes.reduce((sum, cause) => sum + (removed.has(cause) ? (sharesRatio[cause] ?? 0) : 0), 0);
    const timings = replayed(this.stream, this.stalls, removal);
    return tallyOf(this.paces.length === 0 ? timings : paced(timings, this.paces, removal), deadlines);
  }
}

/**
 * The least missed and the most met of two. A late token starts its deadlines anew, so that a stream which is slower than its deadlines may miss more of
 * them without a stall than with it; that a stall hid so is nothing that it did for anybody.
 */
function better(a: DeadlineSum, b: DeadlineSum): DeadlineSum {
  const missedCount = Math.min(a.missedCount, b.missedCount);
  const metCount = Math.max(a.totalCount - a.missedCount, b.totalCount - b.missedCount);
  return { missedCount, totalCount: missedCount + metCount };
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

/** Timings with a part of what slow gaps took beyond the deadline taken away. */
function paced(timings: TokenTimings, paces: readonly SharedPace[], removal: Removal): TokenTimings {
  const savedNs = new Float64Array(timings.arrivalsNs.length);
  for (const { excesses, sharesRatio } of paces) {
    const ratio = removal({ sharesRatio });
    // Up to whole nanoseconds, so that rounding leaves no token late.
    for (const { chunkIndex, excessNs } of excesses) savedNs[chunkIndex] = Math.ceil(ratio * excessNs);
  }
  let soFarNs = 0;
  const moved = timings.arrivalsNs.map((arrivalNs, index) => arrivalNs - (soFarNs += savedNs[index] ?? 0));
  return { ...timings, arrivalsNs: moved };
}
