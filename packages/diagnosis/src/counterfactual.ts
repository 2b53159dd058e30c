import { tallyDeadlines, wholeWalk, type Deadlines, type TokenTimings } from '@fluidscope/metrics';
import type { PaceExcess } from './pace-excess.js';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/** Deadlines pooled over streams. */
export interface DeadlineSum {
  readonly missedCount: number;
  readonly totalCount: number;
}

/** The fluidity-index, pooled; `undefined` without a deadline. */
export function indexOf({ missedCount, totalCount }: DeadlineSum): number | undefined {
  return totalCount === 0 ? undefined : 1 - missedCount / totalCount;
}

/** What a replay does not change, for people. */
export const HELD_FIXED = 'arrivals and queueing held fixed';

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
type Removal<Shared = Pick<SharedStall, 'sharesRatio'>> = (shared: Shared) => number;

/** What delayed streams; positions in `sharesRatio` mean the same causes in both. */
export interface SharedDelays {
  readonly stalls: readonly SharedStall[];
  readonly paces?: readonly SharedPace[];
}

/** What an engine that is freed of some delays does for its streams beside sparing them these. */
export interface Easing {
  /** Of stalls of which more goes than was taken: how much in all, 0 to 1. */
  readonly takenRatio: ReadonlyMap<SharedStall, number>;
  /** By how much the first token of a stream comes earlier, and all after it, beyond what its own stall says. */
  readonly earlierNs: ReadonlyMap<TokenStream, number>;
}

/** An engine's batch that can tell that. */
export interface EasedBatch {
  easedWithout(removal: (shared: SharedStall) => number): Easing;
}

/**
 * The deadlines as they would have fallen had some causes' stalls taken what was expected: what follows a stall moves forward by its excess, and a
 * burst after it (tokens that were generated in time and delivered late) gives that back, for those tokens were never behind. Where a stream was slow without
 * a stall, nothing tells what it would have been: its gaps take what the deadline allows.
 *
 * Holds fixed: arrivals of requests, queueing, and, unless batches are given that can tell, batching. Each stall brings the expectation that it was judged by. Taking more causes away never costs
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
    return this.summed((stream) => stream.without(causes, this.deadlines));
  }

  /**
   * The same where batches shrink with it: streams that are done earlier leave the others alone earlier, and what slows those by the size of their batch slows them
   * less. No worse than with the batches as they were.
   */
  rebatchedWithout(causes: ReadonlySet<number>, batches: readonly EasedBatch[]): DeadlineSum {
    const removal = (shared: SharedStall): number => removedRatio(shared, causes);
    const easings = batches.map((batch) => batch.easedWithout(removal));
    const easing: Easing = {
      takenRatio: new Map(easings.flatMap(({ takenRatio }) => [...takenRatio])),
      earlierNs: new Map(easings.flatMap(({ earlierNs }) => [...earlierNs])),
    };
    let { missedCount, totalCount } = this.summed((stream) =>
      stream.easedWithout(causes, { easing, deadlines: this.deadlines }),
    );
    const known = new Set(this.touched.map(({ stream }) => stream));
    for (const [stream, earlierNs] of easing.earlierNs) {
      if (known.has(stream)) continue;
      const whole = tallyOf(stream.timings, this.deadlines);
      const found = better(whole, tallyOf(replayed(stream, [], { removal, earlierNs }), this.deadlines));
      missedCount += found.missedCount - whole.missedCount;
      totalCount += found.totalCount - whole.totalCount;
    }
    return { missedCount, totalCount };
  }

  private summed(replayedOf: (stream: TouchedStream) => DeadlineSum): DeadlineSum {
    let { missedCount, totalCount } = this.base;
    for (const stream of this.touched) {
      const found = replayedOf(stream);
      missedCount += found.missedCount - stream.whole.missedCount;
      totalCount += found.totalCount - stream.whole.totalCount;
    }
    return { missedCount, totalCount };
  }
}

/** What of a delay goes with some causes, 0 to 1: parts that are laid to several of them in turn count once. */
function removedRatio(
  { sharesRatio }: Pick<SharedStall, 'sharesRatio'>,
  causes: ReadonlySet<number>,
): number {
  let sum = 0;
  for (const cause of causes) sum += sharesRatio[cause] ?? 0;
  return Math.min(1, sum);
}

/** One stream with its delays in order. Only the causes that are in it make a difference to it: each set of those is replayed once. */
class TouchedStream {
  readonly whole: DeadlineSum;
  private readonly causes: readonly number[];
  private readonly stalls: readonly SharedStall[];
  private readonly paces: readonly SharedPace[];
  private readonly known = new Map<string, DeadlineSum>();

  constructor(
    readonly stream: TokenStream,
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
    if (own.length === 0) return this.whole;
    const key = own.join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fewer = own.map((cause) =>
      this.without(new Set(own.filter((other) => other !== cause)), deadlines),
    );
    const found = fewer.reduce(better, this.replayedWithout(removed, { deadlines }));
    this.known.set(key, found);
    return found;
  }

  /** Without some causes, and with what an engine that is freed of them does beside. */
  easedWithout(
    removed: ReadonlySet<number>,
    { easing, deadlines }: { readonly easing: Easing; readonly deadlines: Deadlines },
  ): DeadlineSum {
    const plain = this.without(removed, deadlines);
    const isEased =
      easing.earlierNs.has(this.stream) || this.stalls.some((shared) => easing.takenRatio.has(shared));
    return isEased ? better(plain, this.replayedWithout(removed, { easing, deadlines })) : plain;
  }

  private replayedWithout(
    removed: ReadonlySet<number>,
    { easing, deadlines }: { readonly easing?: Easing; readonly deadlines: Deadlines },
  ): DeadlineSum {
    const timings = replayed(this.stream, this.stalls, {
      removal: (shared) => easing?.takenRatio.get(shared) ?? removedRatio(shared, removed),
      earlierNs: easing?.earlierNs.get(this.stream) ?? 0,
    });
    if (this.paces.length === 0) return tallyOf(timings, deadlines);
    return tallyOf(
      paced(timings, this.paces, (shared) => removedRatio(shared, removed)),
      deadlines,
    );
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

/** One stream's timings with a part of each stall taken away, and all so much earlier; `stalls` in order of their chunks. */
export function replayed<Shared extends SharedStall>(
  { timings }: TokenStream,
  stalls: readonly Shared[],
  { removal, earlierNs = 0 }: { readonly removal: Removal<Shared>; readonly earlierNs?: number },
): TokenTimings {
  let [savedNs, next] = [earlierNs, 0];
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
