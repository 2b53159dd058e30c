import { expect, it } from 'vitest';
import { approximateTokenCounter } from './approximate-token-counter.js';
import { COMMON_WORDS } from './common-words.js';

const { countTokens } = approximateTokenCounter();

it.each([
  ['', 0],
  [' \n\t', 0],
  ['the quick brown fox', 4],
  ['internationalization', 3],
  ['Grüße naïve', 2],
  ['naïve', 1],
  ['1234567', 3],
  ["it's 12:30!", 7],
  ['你好，世界', 5],
  ['안녕 세상', 4],
  ['👍🏽', 2],
])('counts %j as %d', (text, expectedTokens) => {
  expect(countTokens(text)).toBe(expectedTokens);
});

it('counts every word that prompts are made of as one', () => {
  expect(COMMON_WORDS.length).toBeGreaterThan(900);
  expect(new Set(COMMON_WORDS).size).toBe(COMMON_WORDS.length);
  expect(COMMON_WORDS.filter((word) => countTokens(word) !== 1)).toEqual([]);
});
