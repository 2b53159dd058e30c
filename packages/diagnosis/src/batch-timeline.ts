import { countUpTo } from './sorted-search.js';
import type { TokenStream } from './token-stream.js';

const BIN_NS = 10_000_000;

/** What the engine had in hand, as far as the client's own requests tell: who decoded when, with how much context, and who joined. */
export class BatchTimeline {
  /** In order of their first token. */
  private readonly byFirstToken: readonly TokenStream[];
  private readonly firstTokensNs: Float64Array;
  private readonly lastTokensNs: Float64Array;
  /** Tokens of context in all decoding streams at the start of each bin from time `fromNs`. */
  private readonly contextTokens: Float64Array;
  private readonly fromNs: number;

  constructor(streams: readonly TokenStream[]) {
    this.byFirstToken = streams
      .filter(({ timings }) => timings.arrivalsNs.length > 0)
      .sort((a, b) => firstTokenNs(a) - firstTokenNs(b));
    this.firstTokensNs = Float64Array.from(this.byFirstToken, firstTokenNs);
    this.lastTokensNs = Float64Array.from(this.byFirstToken, lastTokenNs).sort();
    this.fromNs = this.firstTokensNs[0] ?? 0;
    this.contextTokens = contextOf(this.byFirstToken, this.fromNs, this.lastTokensNs.at(-1) ?? this.fromNs);
  }

  /** Streams that had their first token and not yet their last. */
  decodingCountAt(timeNs: number): number {
    return countUpTo(this.firstTokensNs, timeNs) - countUpTo(this.lastTokensNs, timeNs);
  }

  /** All numbers of decoding streams that there were within a span. */
  decodingCountsWithin(fromNs: number, toNs: number): ReadonlySet<number> {
    const found = new Set([this.decodingCountAt(fromNs)]);
    for (const timesNs of [this.firstTokensNs, this.lastTokensNs])
      for (const atNs of timesNs.subarray(countUpTo(timesNs, fromNs), countUpTo(timesNs, toNs)))
        found.add(this.decodingCountAt(atNs));
    return found;
  }

  /** Prompt and output tokens so far of the decoding streams, to within 10 ms. A prompt that nobody counted is taken for 0. */
  contextTokensAt(timeNs: number): number {
    return this.contextTokens[Math.floor((timeNs - this.fromNs) / BIN_NS)] ?? 0;
  }

  /** Streams whose first token came within a span, its start left out: their prompts were worked on until then. */
  joinedWithin(fromNs: number, toNs: number): readonly TokenStream[] {
    const from = countUpTo(this.firstTokensNs, fromNs);
    return this.byFirstToken.slice(from, countUpTo(this.firstTokensNs, toNs));
  }
}

function contextOf(streams: readonly TokenStream[], fromNs: number, toNs: number): Float64Array {
  const context = new Float64Array(Math.max(0, Math.floor((toNs - fromNs) / BIN_NS)) + 2);
  const add = (timeNs: number, tokens: number): void => {
    const bin = Math.floor((timeNs - fromNs) / BIN_NS) + 1;
    context[bin] = (context[bin] ?? 0) + tokens;
  };
  for (const { promptTokens = 0, timings } of streams) {
    let total = promptTokens;
    add(timings.arrivalsNs[0] ?? fromNs, promptTokens);
    timings.arrivalsNs.forEach((arrivalNs, index) => {
      const count = timings.tokenCounts[index] ?? 0;
      total += count;
      add(arrivalNs, count);
    });
    add(timings.arrivalsNs.at(-1) ?? fromNs, -total);
  }
  for (let bin = 1; bin < context.length; bin += 1)
    context[bin] = (context[bin] ?? 0) + (context[bin - 1] ?? 0);
  return context;
}

function firstTokenNs({ timings }: TokenStream): number {
  return timings.arrivalsNs[0] ?? NaN;
}

function lastTokenNs({ timings }: TokenStream): number {
  return timings.arrivalsNs.at(-1) ?? NaN;
}
