import type { PromptWriter } from './prompt-writer.js';
import type { RandomSource } from './random-stream.js';

/** Tokens of the block that one hash id of a Mooncake trace stands for; the last block of a prompt may be shorter. */
export const MOONCAKE_BLOCK_TOKENS = 512;

/** Each block but the first is written to follow a word, which stands here for the block before it. */
const WORD_BEFORE = 'the';

/**
 * Text of `promptTokens` tokens of which each block is a function of its id's stream alone: two prompts have the same text
 * as far as their ids are the same, whichever request and shard they are of, and part within a word or two of the first
 * different id. Blocks are written apart from each other, so with a tokenizer that merges across spaces a prompt can
 * be some tokens off; shared text comes before exact length here.
 */
export function writeBlockPrompt(
  writer: PromptWriter,
  streamOfBlock: (id: number) => RandomSource,
  { promptTokens, blockIds }: { readonly promptTokens: number; readonly blockIds: readonly number[] },
): string {
  return blockIds
    .map((id, position) => {
      const lengthTokens = Math.min(MOONCAKE_BLOCK_TOKENS, promptTokens - position * MOONCAKE_BLOCK_TOKENS);
      return writer.write(streamOfBlock(id), lengthTokens, position === 0 ? '' : WORD_BEFORE);
    })
    .join('');
}
