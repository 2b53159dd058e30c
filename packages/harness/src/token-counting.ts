import type { TokenCountSource } from '@fluidscope/trace-schema';
import type { ChunkLog } from './chunk-log.js';
import type { LiveTokenCount } from './live-token-count.js';

/**
 * Port: tokens of each prefix of a text, given as its pieces: element `i` counts the tokens of
 * `pieces[0] + … + pieces[i]`, no special tokens. As long as `pieces`.
 */
export type PrefixTokenCounts = (pieces: readonly string[]) => Uint32Array | Promise<Uint32Array>;

/** A finished stream, as far as counting goes. */
export interface CountableStream {
  readonly log: ChunkLog;
  readonly live: LiveTokenCount;
  /** The texts of its chunks that carry one; `undefined`: not kept, or not to be counted. */
  readonly pieces: readonly string[] | undefined;
}

export interface FinalTokenCount {
  readonly source: TokenCountSource;
  /** Whether the log's counts are other than those counted live. */
  readonly corrected: boolean;
}

/**
 * Settles a finished stream's token counts by the best source there is, writing them into its log: the server's running
 * count, a tokenizer over the whole text so far, one a chunk.
 *
 * Rejects with what the tokenizer throws, or says no sense; the log then holds one a chunk.
 */
export async function settleTokenCounts(
  stream: CountableStream,
  prefixTokenCounts: PrefixTokenCounts | undefined,
): Promise<FinalTokenCount> {
  const { log, live, pieces } = stream;
  if (live.isServerCount) return { source: 'server_usage', corrected: false };
  if (live.isBroken) countOnePerChunk(log);
  if (prefixTokenCounts === undefined || pieces === undefined || pieces.length === 0) {
    return { source: 'one_per_chunk', corrected: live.isBroken };
  }
  const prefixes = await prefixTokenCounts(pieces);
  if (prefixes.length !== pieces.length) {
    throw new RangeError(`Expected ${pieces.length} prefix counts but received ${prefixes.length}`);
  }
  spreadPrefixCounts(log, prefixes);
  return { source: 'tokenizer', corrected: true };
}

function countOnePerChunk(log: ChunkLog): void {
  const counts = log.tokenCounts;
  for (let index = 0; index < counts.length; index++) counts[index] = log.kindAt(index) === 'none' ? 0 : 1;
}

/**
 * A prefix may count more than a longer one (text that completes a merge). A token counts as arrived when no later text
 * takes it back, so that the counts add up to those of the whole text: from the end, the least count seen so far.
 */
function spreadPrefixCounts(log: ChunkLog, prefixes: Uint32Array): void {
  const settled = prefixes.slice();
  for (let index = settled.length - 2; index >= 0; index--) {
    settled[index] = Math.min(settled[index] ?? 0, settled[index + 1] ?? 0);
  }
  const counts = log.tokenCounts;
  let pieceIndex = 0;
  let beforeTokens = 0;
  for (let index = 0; index < counts.length; index++) {
    if (log.kindAt(index) === 'none') continue;
    const soFarTokens = settled[pieceIndex++] ?? beforeTokens;
    counts[index] = soFarTokens - beforeTokens;
    beforeTokens = soFarTokens;
  }
}
