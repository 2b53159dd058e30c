import { countUpTo } from './sorted-search.js';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

const BLOCK_STALLS_COUNT = 64;

/** Stalls of one engine in order of their end, so that those of a span are found without a walk over all. */
export class StallsByEnd {
  private readonly byEnd: readonly Stall[];
  private readonly endsNs: Float64Array;
  private readonly longestNs: number;
  private readonly blockLongestNs: Float64Array;
  /** Once it was asked for. */
  private byStream: Map<TokenStream, Stall[]> | undefined;

  constructor(stalls: readonly Stall[]) {
    this.byEnd = stalls.toSorted((a, b) => a.endNs - b.endNs);
    this.endsNs = Float64Array.from(this.byEnd, ({ endNs }) => endNs);
    this.longestNs = stalls.reduce((longest, { excessNs }) => Math.max(longest, excessNs), 0);
    this.blockLongestNs = new Float64Array(Math.ceil(this.byEnd.length / BLOCK_STALLS_COUNT));
    this.byEnd.forEach(({ excessNs }, index) => {
      const block = Math.floor(index / BLOCK_STALLS_COUNT);
      this.blockLongestNs[block] = Math.max(this.blockLongestNs[block] ?? 0, excessNs);
    });
  }

  /** Of one stream, in order of their end. */
  ofStream(stream: TokenStream): readonly Stall[] {
    if (this.byStream === undefined) {
      this.byStream = new Map();
      for (const stall of this.byEnd) {
        const ofStream = this.byStream.get(stall.stream);
        if (ofStream === undefined) this.byStream.set(stall.stream, [stall]);
        else ofStream.push(stall);
      }
    }
    return this.byStream.get(stream) ?? [];
  }

  /** Stalls that ended within a span, both ends included. */
  endedWithinCount(fromNs: number, toNs: number): number {
    return countUpTo(this.endsNs, toNs) - countUpTo(this.endsNs, fromNs - 1);
  }

  /** Those that ended within a span, both ends included; in order of their end. */
  endedWithin(fromNs: number, toNs: number): readonly Stall[] {
    return this.byEnd.slice(countUpTo(this.endsNs, fromNs - 1), countUpTo(this.endsNs, toNs));
  }

  /** Whether one that lasted so long ended within a span. Asked of many spans with many stalls each: whole blocks are passed over by their longest. */
  hasEndedWithin(fromNs: number, toNs: number, leastNs: number): boolean {
    const to = countUpTo(this.endsNs, toNs);
    for (let at = countUpTo(this.endsNs, fromNs - 1); at < to;) {
      const isWholeBlock = at % BLOCK_STALLS_COUNT === 0 && at + BLOCK_STALLS_COUNT <= to;
      if (isWholeBlock && (this.blockLongestNs[at / BLOCK_STALLS_COUNT] ?? 0) < leastNs) {
        at += BLOCK_STALLS_COUNT;
        continue;
      }
      if ((this.byEnd[at]?.excessNs ?? 0) >= leastNs) return true;
      at += 1;
    }
    return false;
  }

  /** Streams of which a stall ended within a span. */
  streamsEndedWithin(fromNs: number, toNs: number): ReadonlySet<TokenStream> {
    const found = new Set<TokenStream>();
    const to = countUpTo(this.endsNs, toNs);
    for (let at = countUpTo(this.endsNs, fromNs - 1); at < to; at += 1) {
      const stall = this.byEnd[at];
      if (stall !== undefined) found.add(stall.stream);
    }
    return found;
  }

  /** Streams that stalled within a span for at least so long. */
  streamsStalled(fromNs: number, toNs: number, leastNs: number): ReadonlySet<TokenStream> {
    const found = new Set<TokenStream>();
    const to = countUpTo(this.endsNs, toNs + this.longestNs);
    for (let at = countUpTo(this.endsNs, fromNs - 1); at < to; at += 1) {
      const stall = this.byEnd[at];
      if (stall !== undefined && stall.excessNs >= leastNs && stall.startNs <= toNs) found.add(stall.stream);
    }
    return found;
  }
}
