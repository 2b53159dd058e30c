import { expect, it } from 'vitest';
import { TINY_BYTE_LEVEL, TINY_MARKED } from './testing/tiny-tokenizers.js';
import { unsupportedSteps } from './unsupported-steps.js';

const split = (behavior: string, invert = false, pattern: object = { String: ' ' }) => ({
  type: 'Split',
  pattern,
  behavior,
  invert,
});

it.each<[unknown, string]>([
  [split('MergedWithPrevious'), 'pre_tokenizer Split with behavior MergedWithPrevious'],
  [split('Isolated', true), 'pre_tokenizer Split with behavior Isolated, inverted'],
  [split('Isolated', false, {}), 'pre_tokenizer Split without a pattern'],
  [{ type: 'Punctuation' }, 'pre_tokenizer Punctuation with behavior Isolated'],
  [
    { type: 'Sequence', pretokenizers: [{ type: 'Digits' }, split('Contiguous')] },
    'pre_tokenizer Split with behavior Contiguous',
  ],
])('finds %j', (preTokenizer, problem) => {
  expect(unsupportedSteps({ ...TINY_BYTE_LEVEL, pre_tokenizer: preTokenizer })).toEqual([problem]);
});

it('finds nothing in what the library does as the reference does', () => {
  expect(unsupportedSteps(TINY_BYTE_LEVEL)).toEqual([]);
  expect(unsupportedSteps({ ...TINY_MARKED, pre_tokenizer: split('MergedWithPrevious') })).toEqual([]);
  expect(unsupportedSteps({ pre_tokenizer: split('Removed', true) })).toEqual([]);
});
