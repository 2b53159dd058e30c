import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLibraryTokenizer } from './library-tokenizer.js';
import { createLocalTokenizer } from './local-tokenizer.js';
import { TINY_BYTE_LEVEL, TINY_CROSSING, TINY_MARKED } from './testing/tiny-tokenizers.js';
import { WordCounts } from './word-counts.js';

const piece = fc.oneof(
  fc.constantFrom(
    'the',
    ' the',
    ' world',
    'hello',
    ' ',
    '  ',
    '\n',
    ' \n',
    "'s",
    ' é',
    'e\u0301',
    ' \u0301',
    '字',
    ' 字 ',
    '😀',
    ' 12345',
    '.',
    ' (',
    'or ',
    'or t',
    '<|end|>',
    '<|en',
    ' <|end|> ',
    '▁',
    'e ',
    ' t',
  ),
  fc.string({ maxLength: 4 }),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
);
const pieces = fc.array(piece, { maxLength: 12 });

describe.each([
  ['byte-level', TINY_BYTE_LEVEL],
  ['GPT-2 style', { ...TINY_BYTE_LEVEL, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false } }],
  ['composing', { ...TINY_BYTE_LEVEL, normalizer: { type: 'NFC' } }],
  ['marked', TINY_MARKED],
  [
    'marked, with one in front',
    {
      ...TINY_MARKED,
      normalizer: {
        type: 'Sequence',
        normalizers: [{ type: 'Prepend', prepend: '▁' }, TINY_MARKED.normalizer],
      },
    },
  ],
  ['crossing', TINY_CROSSING],
])('a %s tokenizer', (name, json) => {
  const library = createLibraryTokenizer(json, {});
  const countWhole = (text: string): number => library.tokenize(text, { add_special_tokens: false }).length;
  const tokenizer = createLocalTokenizer(json, {}, name);

  it('counts every text as the library counts it whole', () => {
    fc.assert(
      fc.property(pieces, (texts) => {
        const text = texts.join('');
        expect(tokenizer.countTokens(text)).toBe(countWhole(text));
      }),
      { numRuns: 400, seed: 4 },
    );
  });

  it('gives pieces the lasting growth of the count of the whole text so far', () => {
    fc.assert(
      fc.property(pieces, (texts) => {
        const sums = texts.map((_, index) => countWhole(texts.slice(0, index + 1).join('')));
        const lasting = sums.map((_, index) => Math.min(...sums.slice(index)));
        const expected = lasting.map((tokens, index) => tokens - (lasting[index - 1] ?? 0));
        expect([...tokenizer.prefixTokenCounts(texts)]).toEqual(expected);
      }),
      { numRuns: 400, seed: 4 },
    );
  });
});

it('would count wrongly by words where merges cross them: what the check of the files is for', () => {
  const library = createLibraryTokenizer(TINY_CROSSING, {});
  const byWords = new WordCounts((text) => library.tokenize(text, { add_special_tokens: false }).length);
  const whole = library.tokenize('or t', { add_special_tokens: false }).length;
  expect(byWords.countTokens('or t')).not.toBe(whole);
});

it('asks for each word once', () => {
  const asked: string[] = [];
  const counts = new WordCounts((text) => {
    asked.push(text);
    return text.length;
  });
  expect(counts.countTokens('one two two two')).toBe(15);
  expect(asked).toEqual(['a', 'one', 'a two']);
});
