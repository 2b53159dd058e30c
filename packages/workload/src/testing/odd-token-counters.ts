import type { TokenCounter } from '../plan.js';

function counter(description: string, countTokens: (text: string) => number): TokenCounter {
  return { source: 'tokenizer', description, countTokens };
}

/** No word is one token; single letters are. */
export const letterCounter = counter('a token a letter', (text) => text.length);

/** Counts do not add up where texts meet. */
export const tripletCounter = counter('a token for 3 letters', (text) => Math.ceil(text.length / 3));

/** Nothing is one token: odd lengths cannot be made. */
export const pairCounter = counter('two tokens a letter', (text) => 2 * text.length);

/** A word at the beginning of a text costs more than after a space, as with some byte-level tokenizers. */
export const openingCounter = counter('a token a word, one more for the first', (text) =>
  text === '' ? 0 : text.split(' ').length + (text.startsWith(' ') ? 0 : 1),
);
