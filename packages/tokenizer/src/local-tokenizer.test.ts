import { describe, expect, it } from 'vitest';
import { createLocalTokenizer } from './local-tokenizer.js';
import { TINY_BYTE_LEVEL, TINY_MARKED } from './testing/tiny-tokenizers.js';

const tokenizer = createLocalTokenizer(TINY_BYTE_LEVEL, {}, 'tiny');

describe('countTokens', () => {
  it.each([
    ['', 0],
    ['hello', 1],
    ['hello world', 2],
    ['the', 2], // t, he: "the" is one token after a space only
    [' the world', 2],
    ['hello  world', 3], // hello, Ġ, Ġworld
    ['é', 2],
    ['😀', 4],
    ['<|end|>', 1],
    ['hello<|end|> world', 3],
  ])('of %j is %d, without special tokens of its own', (text, expectedTokens) => {
    expect(tokenizer.countTokens(text)).toBe(expectedTokens);
  });

  it('falls back on bytes', () => {
    expect(createLocalTokenizer(TINY_MARKED, {}, 'tiny').countTokens('the é')).toBe(5); // t, he, ▁, 2 bytes
  });
});

describe('prefixTokenCounts', () => {
  it.each<[readonly string[], readonly number[]]>([
    [[], []],
    [
      ['hello', ' world'],
      [1, 1],
    ],
    [
      ['', 'hello', '', ' the', ''],
      [0, 1, 0, 1, 0],
    ],
    [
      ['hello', ' wor', 'ld'],
      [1, 1, 0],
    ], // " wor" is two tokens alone and part of one in the end
    [
      ['he', 'llo'],
      [1, 0],
    ],
    [
      ['h', 'ello the'],
      [1, 1],
    ],
    [
      ['<|en', 'd|>'],
      [1, 0],
    ],
    [['hello world the'], [3]],
  ])('of %j is %j', (pieces, expected) => {
    expect([...tokenizer.prefixTokenCounts(pieces)]).toEqual(expected);
  });
});
