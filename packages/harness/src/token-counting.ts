import type { TokenCountSource } from '@fluidscope/trace-schema';
import type { ChunkLog } from './chunk-log.js';
import type { LiveTokenCount } from './live-token-count.js';

/**
 * Port: tokens of each piece of a text by its prefixes: by how much the count of the whole text so far grows with the
 * piece, no special tokens. As long as `pieces`; the counts add up to that of the whole text, a piece in the middle of a
 * token has 0. Called once a stream, when it has ended.
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
 * Rejects with what the tokenizer throws, or when it counts other pieces; the log then holds one a chunk.
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
  const counts = await prefixTokenCounts(pieces);
  if (counts.length !== pieces.length) {
    throw new RangeError(`Expected token counts of ${pieces.length} pieces but received ${counts.length}`);
  }
  countByPiece(log, counts);
  return { source: 'tokenizer', corrected: true };
}

function countOnePerChunk(log: ChunkLog): void {
  const counts = log.tokenCounts;
  for (let index = 0; index < counts.length; index++) counts[index] = log.kindAt(index) === 'none' ? 0 : 1;
}

function countByPiece(log: ChunkLog, pieceCounts: Uint32Array): void {
  const counts = log.tokenCounts;
  let pieceIndex = 0;
  for (let index = 0; index < counts.length; index++) {
    if (log.kindAt(index) !== 'none') counts[index] = pieceCounts[pieceIndex++] ?? 0;
  }
}
