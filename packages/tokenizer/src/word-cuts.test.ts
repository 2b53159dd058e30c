import { expect, it } from 'vitest';
import { TINY_BYTE_LEVEL, TINY_CROSSING, TINY_MARKED } from './testing/tiny-tokenizers.js';
import { hasWordCuts } from './word-cuts.js';

const GPT_2 = { ...TINY_BYTE_LEVEL, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false } };
const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const bytesOnly = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
const withSteps = (...pretokenizers: object[]) => ({
  ...TINY_BYTE_LEVEL,
  pre_tokenizer: { type: 'Sequence', pretokenizers },
});
const withToken = (content: string, tokenizer: object = TINY_BYTE_LEVEL) => ({
  ...tokenizer,
  added_tokens: [{ content }],
});

it.each<[string, unknown]>([
  ['the cl100k pattern', TINY_BYTE_LEVEL],
  ['the GPT-2 pattern inside ByteLevel', GPT_2],
  ['composition', { ...TINY_BYTE_LEVEL, normalizer: { type: 'NFC' } }],
  [
    'DeepSeek’s three patterns',
    withSteps(
      split(String.raw`\p{N}{1,3}`),
      split('[一-龥぀-ゟ゠-ヿ]+'),
      split('[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|\\s+'),
      bytesOnly,
    ),
  ],
  ['marked spaces and no merge across words', TINY_MARKED],
  [
    'Gemma’s split without effect',
    {
      ...TINY_MARKED,
      pre_tokenizer: {
        type: 'Split',
        pattern: { String: ' ' },
        behavior: 'MergedWithPrevious',
        invert: false,
      },
    },
  ],
  [
    'Metaspace',
    {
      ...TINY_MARKED,
      normalizer: null,
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', split: false },
    },
  ],
  ['an added token in brackets', withToken('<|begin of|>'.replace(' ', '_'))],
])('counts by words with %s', (_name, tokenizer) => {
  expect(hasWordCuts(tokenizer, {})).toBe(true);
});

it.each<[string, unknown]>([
  ['merges across words', TINY_CROSSING],
  ['a pattern it does not know', withSteps(split(String.raw`\p{L}+ ?`), bytesOnly)],
  ['no pattern that takes letters', withSteps(split(String.raw`\p{N}{1,3}`), bytesOnly)],
  [
    'only one of two patterns that take letters together',
    withSteps(
      split(
        String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
      ),
      bytesOnly,
    ),
  ],
  [
    'bytes written before the pattern looks for spaces',
    withSteps(bytesOnly, TINY_BYTE_LEVEL.pre_tokenizer.pretokenizers[0] ?? {}),
  ],
  [
    'whole pieces looked for before merging',
    { ...TINY_MARKED, model: { ...TINY_MARKED.model, ignore_merges: true } },
  ],
  ['no pre-tokenizer and real spaces', { ...TINY_MARKED, normalizer: null }],
  ['a normalizer that may move spaces', { ...TINY_BYTE_LEVEL, normalizer: { type: 'NFKC' } }],
  ['an added token with a letter before a space', withToken('<in it>')],
  ['an added token with a letter before a marked space', withToken('<in▁it>', TINY_MARKED)],
  ['an added token that ends in a letter', withToken('<x')],
  ['a space put before pieces', { ...GPT_2, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }],
  ['unknown tokens fused', { ...TINY_MARKED, model: { ...TINY_MARKED.model, byte_fallback: false } }],
  [
    'a mark at the end of words',
    { ...TINY_BYTE_LEVEL, model: { ...TINY_BYTE_LEVEL.model, end_of_word_suffix: '</w>' } },
  ],
  ['another model', { ...TINY_BYTE_LEVEL, model: { ...TINY_BYTE_LEVEL.model, type: 'WordPiece' } }],
  ['no tokenizer at all', undefined],
])('counts whole texts with %s', (_name, tokenizer) => {
  expect(hasWordCuts(tokenizer, {})).toBe(false);
});

it('counts whole texts where the configuration changes them first', () => {
  expect(hasWordCuts(TINY_BYTE_LEVEL, { remove_space: true })).toBe(false);
  expect(hasWordCuts(TINY_BYTE_LEVEL, { do_lowercase_and_remove_accent: true })).toBe(false);
});
