import { burstsAround, paceNs, type Burst } from '../bursts.js';
import { weightedMean, type Episode } from '../episodes.js';
import type { Stall } from '../stalls.js';
import { explainedBy } from './observations.js';

/**
 * How a stream's chunks came about the time of a stall. `coalesced`: the same number of tokens in each chunk. `buffered`: the same number of chunks at once.
 * `timed`: whatever there is, at once, at intervals of a delayed acknowledgement. `plain`: one chunk at a time, or no pattern.
 */
export type DeliveryPattern = 'coalesced' | 'buffered' | 'timed' | 'plain';

export interface StallDelivery {
  readonly pattern: DeliveryPattern;
  /** Tokens a chunk, or chunks a burst. */
  readonly sizeCount: number;
  /** How much of the stall's excess the pattern accounts for, 0 to 1. */
  readonly explainedRatio: number;
}

const REACH_COUNT = 6;
const FEWEST_BURSTS_COUNT = 4;
const MOST_RATIO = 0.7;
const SAME_COUNT_RATIO = 0.1;
/** More than drafts that were accepted at once. */
const LEAST_LARGE_CHUNK_TOKENS = 12;
const LEAST_BUFFERED_CHUNKS_COUNT = 3;
/** Linux and Windows acknowledge after 40 ms; what was written meanwhile leaves with that. */
const DELAYED_ACK_NS = 40_000_000;
const DELAYED_ACK_TOLERANCE_NS = 5_000_000;
const PLAIN: StallDelivery = { pattern: 'plain', sizeCount: 0, explainedRatio: 0 };

/** How the chunks about one stall came, and what of it that accounts for. */
export function deliveryOf(stall: Stall): StallDelivery {
  const { own, around } = burstsAround(stall.stream, stall.chunkIndex, REACH_COUNT);
  // The last of a stream is whatever was left.
  const regular = around.filter(({ chunkIndex }) => chunkIndex > 0 && !isLast(stall, chunkIndex));
  if (own === undefined) return PLAIN;
  const chunkTokens = chunkTokensOf(own, regular);
  const pace = paceNs(stall.stream) ?? 0;
  const excessNs = Math.max(1, stall.excessNs);
  if (chunkTokens !== undefined && chunkTokens >= 2)
    return {
      pattern: 'coalesced',
      sizeCount: chunkTokens,
      explainedRatio: explainedBy((chunkTokens - 1) * pace, excessNs),
    };
  if (regular.length < FEWEST_BURSTS_COUNT) return PLAIN;
  if (isTimed(regular)) {
    // Whatever follows a first token that waited for an acknowledgement comes with it.
    if (stall.phase === 'first_token' && own.chunksCount === 1) return PLAIN;
    const explainedRatio = explainedBy(DELAYED_ACK_NS, excessNs + (stall.phase === 'decode' ? pace : 0));
    return { pattern: 'timed', sizeCount: own.chunksCount, explainedRatio };
  }
  const chunks = commonSize(
    regular.map(({ chunksCount }) => chunksCount),
    SAME_COUNT_RATIO,
  );
  if (chunks === undefined || chunks < LEAST_BUFFERED_CHUNKS_COUNT) return PLAIN;
  const heldNs = (Math.max(own.chunksCount, chunks) - 1) * pace;
  return { pattern: 'buffered', sizeCount: chunks, explainedRatio: explainedBy(heldNs, excessNs) };
}

/** A large chunk tells by itself, also where an answer is over in two or three of them; small ones must be alike again and again. */
function chunkTokensOf(own: Burst, regular: readonly Burst[]): number | undefined {
  const ownTokens = tokensPerChunk(own);
  if (ownTokens >= LEAST_LARGE_CHUNK_TOKENS) return ownTokens;
  const sizesTokens = regular.map(tokensPerChunk);
  const areLarge = sizesTokens.every((tokens) => tokens >= LEAST_LARGE_CHUNK_TOKENS);
  return areLarge || regular.length >= FEWEST_BURSTS_COUNT ? commonSize(sizesTokens, 0) : undefined;
}

function tokensPerChunk({ tokensCount, chunksCount }: Burst): number {
  return tokensCount / chunksCount;
}

/** Of an episode's stalls, by misses: how much one pattern accounts for, and its usual size. */
export function patternShare(
  { stalls }: Episode,
  pattern: DeliveryPattern,
): { readonly explainedRatio: number; readonly sizeCount: number } {
  const deliveries = new Map(stalls.map((stall) => [stall, deliveryOf(stall)]));
  const explainedRatio =
    weightedMean(stalls, (stall) => {
      const delivery = deliveries.get(stall);
      return delivery?.pattern === pattern ? delivery.explainedRatio : 0;
    }) ?? 0;
  const sizesCount = [...deliveries.values()].flatMap((each) =>
    each.pattern === pattern ? [each.sizeCount] : [],
  );
  return { explainedRatio, sizeCount: sizesCount.sort((a, b) => a - b)[sizesCount.length >> 1] ?? 0 };
}

function isLast({ stream }: Stall, chunkIndex: number): boolean {
  return chunkIndex >= stream.timings.arrivalsNs.length - 1;
}

/** What most have in common; `undefined` where they differ. */
function commonSize(sizesCount: readonly number[], tolerance: number): number | undefined {
  const middle = sizesCount.toSorted((a, b) => a - b)[sizesCount.length >> 1];
  if (middle === undefined) return undefined;
  const alike = sizesCount.filter((sizeCount) => Math.abs(sizeCount - middle) <= tolerance * middle).length;
  return alike >= MOST_RATIO * sizesCount.length ? middle : undefined;
}

function isTimed(bursts: readonly Burst[]): boolean {
  const timed = bursts.filter(
    ({ waitNs }) => Math.abs(waitNs - DELAYED_ACK_NS) <= DELAYED_ACK_TOLERANCE_NS,
  ).length;
  const held = bursts.filter(({ chunksCount }) => chunksCount > 1).length;
  return timed >= MOST_RATIO * bursts.length && held >= MOST_RATIO * bursts.length;
}
