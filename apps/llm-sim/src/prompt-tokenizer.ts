import { approximateTokenCounter, type TokenCounter } from '@fluidscope/workload';
import { hash } from 'node:crypto';

/** Words seen so far; enough for any generated text, and bounded for any other. */
const MAX_CACHED_WORDS_COUNT = 16_384;

export interface TokenizedPrompt {
  /** At least 1. */
  readonly promptTokens: number;
  /** One key per full block, each covering the prompt up to about the block's end (see `tokenizeText`). */
  readonly blockKeys: readonly string[];
}

/**
 * Counts prompts by the approximation that workloads without a tokenizer are written by (`approximateTokenCounter`), so that
 * their lengths agree, and keys their blocks for the prefix cache.
 */
export class PromptTokenizer {
  private readonly counter: TokenCounter = approximateTokenCounter();
  private readonly tokensOfWord = new Map<string, number>();

  constructor(private readonly blockTokens: number) {}

  /** A block ends with the word that completes it: a word of several tokens is never cut. */
  tokenizeText(text: string): TokenizedPrompt {
    const word = /\S+/g;
    const blockKeys: string[] = [];
    let tokens = 0;
    let keyedUpTo = 0;
    let key = '';
    for (let match = word.exec(text); match !== null; match = word.exec(text)) {
      tokens += this.wordTokens(match[0]);
      while ((blockKeys.length + 1) * this.blockTokens <= tokens) {
        key = hash('sha1', key + text.slice(keyedUpTo, word.lastIndex), 'base64');
        keyedUpTo = word.lastIndex;
        blockKeys.push(key);
      }
    }
    return { promptTokens: Math.max(1, tokens), blockKeys };
  }

  /** A prompt that came as token ids counts as it is. */
  tokenizeIds(ids: readonly number[]): TokenizedPrompt {
    const blockKeys: string[] = [];
    let key = '';
    for (let end = this.blockTokens; end <= ids.length; end += this.blockTokens) {
      key = hash('sha1', `${key}${ids.slice(end - this.blockTokens, end).join(',')}`, 'base64');
      blockKeys.push(key);
    }
    return { promptTokens: Math.max(1, ids.length), blockKeys };
  }

  private wordTokens(word: string): number {
    const known = this.tokensOfWord.get(word);
    if (known !== undefined) return known;
    const tokens = this.counter.countTokens(word);
    if (this.tokensOfWord.size >= MAX_CACHED_WORDS_COUNT) this.tokensOfWord.clear();
    this.tokensOfWord.set(word, tokens);
    return tokens;
  }
}
