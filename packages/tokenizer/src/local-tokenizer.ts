import type { TokenCounter } from '@fluidscope/workload';
import { createLibraryTokenizer } from './library-tokenizer.js';
import { tokensOfPieces } from './prefix-token-counts.js';
import { hasWordCuts } from './word-cuts.js';
import { WordCounts } from './word-counts.js';

/** A tokenizer from local files. Counts hold no special tokens; text that spells one is that token, as for a server. */
export interface LocalTokenizer extends TokenCounter {
  readonly source: 'tokenizer';
  /**
   * Tokens of each piece of a stream, given the pieces in order: the growth of the count of the whole text so far. A
   * piece in the middle of a token has 0. They sum up to the count of the whole text; no pieces give an empty array.
   */
  prefixTokenCounts(pieces: readonly string[]): Uint32Array;
}

/** Throws what the tokenizer library throws for content that it cannot build. */
export function createLocalTokenizer(tokenizer: object, config: object, description: string): LocalTokenizer {
  const library = createLibraryTokenizer(tokenizer, config);
  const countWhole = (text: string): number => library.tokenize(text, { add_special_tokens: false }).length;
  const words = hasWordCuts(tokenizer, config) ? new WordCounts(countWhole) : undefined;
  return {
    source: 'tokenizer',
    description,
    countTokens: (text) => words?.countTokens(text) ?? countWhole(text),
    prefixTokenCounts: (pieces) =>
      tokensOfPieces(words?.countsSoFar(pieces) ?? countsSoFar(pieces, countWhole)),
  };
}

function countsSoFar(pieces: readonly string[], countWhole: (text: string) => number): number[] {
  let text = '';
  return pieces.map((piece) => {
    text += piece;
    return countWhole(text);
  });
}
