import type { TokenStream } from './token-stream.js';

/** What the engine had in hand, as far as the client's own requests tell: who decoded when, and who joined. */
export class BatchTimeline {
  /** In order of their first token. */
  private readonly byFirstToken: readonly TokenStream[];
  private readonly firstTokensNs: Float64Array;
  private readonly lastTokensNs: Float64Array;

  constructor(streams: readonly TokenStream[]) {
    this.byFirstToken = streams
      .filter(({ timings }) => timings.arrivalsNs.length > 0)
      .sort((a, b) => firstTokenNs(a) - firstTokenNs(b));
    this.firstTokensNs = Float64Array.from(this.byFirstToken, firstTokenNs);
    this.lastTokensNs = Float64Array.from(this.byFirstToken, lastTokenNs).sort();
  }

  /** Streams that had their first token and not yet their last. */
  decodingCountAt(timeNs: number): number {
    return countUpTo(this.firstTokensNs, timeNs) - countUpTo(this.lastTokensNs, timeNs);
  }

  /** Streams whose first token came within a span: their prompts were worked on until then. */
  joinedWithin(fromNs: number, toNs: number): readonly TokenStream[] {
    const from = countUpTo(this.firstTokensNs, fromNs);
    return this.byFirstToken.slice(from, countUpTo(this.firstTokensNs, toNs));
  }
}

function firstTokenNs({ timings }: TokenStream): number {
  return timings.arrivalsNs[0] ?? NaN;
}

function lastTokenNs({ timings }: TokenStream): number {
  return timings.arrivalsNs.at(-1) ?? NaN;
}

function countUpTo(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
