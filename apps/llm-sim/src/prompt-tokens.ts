import { hash } from 'node:crypto';

/** How prompts are counted, in words for people. */
export const PROMPT_TOKEN_RULE = 'one token for each run of characters without whitespace, at least 1';

export interface TokenizedPrompt {
  readonly promptTokens: number;
  /** One key per full block, each covering the prompt up to the block's end. */
  readonly blockKeys: readonly string[];
}

/** Counts a text by `PROMPT_TOKEN_RULE` and keys its blocks for the prefix cache. */
export function tokenizeText(text: string, blockTokens: number): TokenizedPrompt {
  const word = /\S+/g;
  const blockKeys: string[] = [];
  let tokens = 0;
  let blockStart = 0;
  let key = '';
  while (word.test(text)) {
    tokens++;
    if (tokens % blockTokens !== 0) continue;
    key = hash('sha1', key + text.slice(blockStart, word.lastIndex), 'base64');
    blockKeys.push(key);
    blockStart = word.lastIndex;
  }
  return { promptTokens: Math.max(1, tokens), blockKeys };
}

/** A prompt that came as token ids counts as it is. */
export function tokenizeIds(ids: readonly number[], blockTokens: number): TokenizedPrompt {
  const blockKeys: string[] = [];
  let key = '';
  for (let end = blockTokens; end <= ids.length; end += blockTokens) {
    key = hash('sha1', `${key}${ids.slice(end - blockTokens, end).join(',')}`, 'base64');
    blockKeys.push(key);
  }
  return { promptTokens: Math.max(1, ids.length), blockKeys };
}
