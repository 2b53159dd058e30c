import { replayed, type EasedBatch, type Easing, type SharedStall } from './counterfactual.js';
import type { EngineStreams } from './engines.js';
import { quantileRegression, type RegressionSample } from './quantile-regression.js';
import { countUpTo } from './sorted-search.js';
import { mergedSpans, overlapNs } from './spans.js';
import type { TokenStream } from './token-stream.js';

/** Fewer stalls of a kind, or batches all about as large, tell nothing of how the one grows with the other. */
const FEWEST_STALLS_COUNT = 64;
const LEAST_RANGE_STREAMS = 4;
const MOST_SAMPLES_COUNT = 4_000;
/** Of the spread of such stalls, so much goes with the batch: else what seems to grow with it is chance. */
const LEAST_TOLD_RATIO = 0.3;
/** A smaller batch makes the rest shorter, which makes the batch smaller, and so on from each stream to those that follow it. */
const MOST_ROUNDS_COUNT = 8;
/** Less of a stall than this is not worth another round. */
const SETTLED_RATIO = 1e-3;

/**
 * The batch of one engine whose steps are slowed by its size (a host that works so long for each stream, say): how much shorter its stalls would have been had other delays
 * not kept streams in it. Stalls of one kind have the same causes; what each stream of the batch adds to them is read from the run itself.
 */
export class LoadedBatch implements EasedBatch {
  private readonly byStream = new Map<TokenStream, SharedStall[]>();
  private readonly perStreamNs = new Map<SharedStall, number>();
  private readonly decoding: EngineStreams;
  private readonly counts: DecodingCounts;

  /** Of one engine, in any order: all delays, and those of its steps, which every stream shares. */
  constructor(
    streams: EngineStreams,
    shared: readonly SharedStall[],
    private readonly wide: readonly SharedStall[],
  ) {
    this.decoding = streams.filter(({ timings }) => timings.arrivalsNs.length > 0);
    this.counts = new DecodingCounts(this.decoding.map(({ timings }) => timings.arrivalsNs));
    for (const each of shared) {
      const ofStream = this.byStream.get(each.stall.stream);
      if (ofStream === undefined) this.byStream.set(each.stall.stream, [each]);
      else ofStream.push(each);
    }
    for (const ofStream of this.byStream.values())
      ofStream.sort((a, b) => a.stall.chunkIndex - b.stall.chunkIndex);
    for (const [kind, perStreamNs] of this.slopes(kindsOf(shared)))
      for (const each of kind) this.perStreamNs.set(each, perStreamNs);
  }

  /** What else goes where `removal` takes of each stall what it says. */
  easedWithout(removal: (shared: SharedStall) => number): Easing {
    const earlierNs = this.earlierFirstTokens(removal);
    const takenRatio = new Map<SharedStall, number>();
    if (this.perStreamNs.size === 0) return { takenRatio, earlierNs };
    for (let round = 0; round < MOST_ROUNDS_COUNT; round += 1)
      if (this.easedFurther(takenRatio, { removal, earlierNs }) < SETTLED_RATIO) break;
    return { takenRatio, earlierNs };
  }

  /** One round: what was taken makes batches smaller, which takes more. The most that any stall's share changed by. */
  private easedFurther(
    takenRatio: Map<SharedStall, number>,
    { removal, earlierNs }: Pick<Easing, 'earlierNs'> & { readonly removal: (shared: SharedStall) => number },
  ): number {
    const arrivals = new Map(
      this.decoding.map((stream) => [
        stream,
        replayed(stream, this.byStream.get(stream) ?? [], {
          removal: (shared) => takenRatio.get(shared) ?? removal(shared),
          earlierNs: earlierNs.get(stream) ?? 0,
        }).arrivalsNs,
      ]),
    );
    const moved = new DecodingCounts([...arrivals.values()]);
    let mostChanged = 0;
    for (const [shared, perStreamNs] of this.perStreamNs) {
      const { stream, chunkIndex, endNs, excessNs } = shared.stall;
      const before = this.counts.at(endNs - 1);
      const fewer = before - moved.at((arrivals.get(stream)?.[chunkIndex] ?? endNs) - 1);
      const whole = removal(shared);
      // No more than in proportion: with half the streams a step that each of them slows takes half as long too much.
      const ratio = Math.max(0, Math.min((perStreamNs * fewer) / excessNs, fewer / before, 1));
      const taken = 1 - (1 - whole) * (1 - ratio);
      mostChanged = Math.max(mostChanged, Math.abs(taken - (takenRatio.get(shared) ?? whole)));
      if (taken > whole) takenRatio.set(shared, taken);
      else takenRatio.delete(shared);
    }
    return mostChanged;
  }

  /** Who waits for a first token waits while its engine stands still: without that it comes earlier, whether or not it was too late. */
  private earlierFirstTokens(removal: (shared: SharedStall) => number): ReadonlyMap<TokenStream, number> {
    const taken = mergedSpans(
      this.wide.flatMap((shared) => {
        const { endNs, excessNs } = shared.stall;
        const takenNs = removal(shared) * excessNs;
        return takenNs > 0 ? [{ fromNs: endNs - takenNs, toNs: endNs }] : [];
      }),
    );
    if (taken.length === 0) return new Map();
    return new Map(
      this.decoding.flatMap((stream) => {
        const waitedNs = overlapNs(taken, stream.sentNs, stream.timings.arrivalsNs[0] ?? stream.sentNs);
        const own = this.byStream.get(stream)?.find(({ stall: { chunkIndex } }) => chunkIndex === 0);
        const spared = own === undefined ? 0 : removal(own) * own.stall.excessNs;
        return waitedNs > spared ? [[stream, waitedNs - spared] as const] : [];
      }),
    );
  }

  /** What one more stream adds to stalls of a kind, of the kinds to which it adds anything. */
  private slopes(
    kinds: readonly (readonly SharedStall[])[],
  ): readonly (readonly [kind: readonly SharedStall[], perStreamNs: number])[] {
    return kinds.flatMap((kind) => {
      if (kind.length < FEWEST_STALLS_COUNT) return [];
      const every = Math.ceil(kind.length / MOST_SAMPLES_COUNT);
      const samples = kind
        .filter((_, index) => index % every === 0)
        .map(({ stall: { endNs, excessNs } }) => ({
          response: excessNs,
          predictors: [this.counts.at(endNs - 1)],
        }));
      const counts = Float64Array.from(samples, ({ predictors: [count = 0] }) => count).sort();
      const [low = 0, high = 0] = [0.1, 0.9].map((ratio) => counts[Math.floor(ratio * counts.length)] ?? 0);
      if (high - low < LEAST_RANGE_STREAMS) return [];
      const [baseNs = 0, perStreamNs = 0] = quantileRegression(samples, 0.5) ?? [];
      const told = toldRatio(samples, ([count = 0]) => baseNs + perStreamNs * count);
      return perStreamNs > 0 && told >= LEAST_TOLD_RATIO ? [[kind, perStreamNs] as const] : [];
    });
  }
}

/** How much closer the responses lie to what a fit says than to their median, 0 to 1 (Koenker and Machado's R1, JASA 94, 1999). */
function toldRatio(
  samples: readonly RegressionSample[],
  fitted: (predictors: readonly number[]) => number,
): number {
  const sorted = Float64Array.from(samples, ({ response }) => response).sort();
  const median = sorted[sorted.length >> 1] ?? 0;
  let [left, all] = [0, 0];
  for (const { response, predictors } of samples) {
    left += Math.abs(response - fitted(predictors));
    all += Math.abs(response - median);
  }
  return all > 0 ? 1 - left / all : 0;
}

/** How many streams decode at a time, from first token to last. */
class DecodingCounts {
  private readonly firstTokensNs: Float64Array;
  private readonly lastTokensNs: Float64Array;

  constructor(arrivalsNs: readonly Float64Array[]) {
    this.firstTokensNs = Float64Array.from(arrivalsNs, (ofStream) => ofStream[0] ?? NaN).sort();
    this.lastTokensNs = Float64Array.from(arrivalsNs, (ofStream) => ofStream.at(-1) ?? NaN).sort();
  }

  at(timeNs: number): number {
    return countUpTo(this.firstTokensNs, timeNs) - countUpTo(this.lastTokensNs, timeNs);
  }
}

/** Stalls between tokens by what most of each is laid to. */
function kindsOf(shared: readonly SharedStall[]): readonly (readonly SharedStall[])[] {
  const kinds = new Map<number, SharedStall[]>();
  for (const each of shared) {
    if (each.stall.phase !== 'decode') continue;
    const kind = each.sharesRatio.indexOf(Math.max(...each.sharesRatio));
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, [each]);
    else known.push(each);
  }
  return [...kinds.values()];
}
