import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitWords } from './split-words.js';

it.each([
  ['', []],
  ['  a  b\tc\n', ['a', 'b', 'c']],
  [`--x 'two words' "and \\"quoted\\"" plain`, ['--x', 'two words', 'and "quoted"', 'plain']],
  [`a'b c'd""`, ['ab cd']],
  [`''`, ['']],
  ['a\\ b', ['a b']],
  ['"a\\nb"', ['a\\nb']],
  ['x; rm -rf $HOME `id` $(id) *', ['x;', 'rm', '-rf', '$HOME', '`id`', '$(id)', '*']],
  [`--override '{"max_model_len": 4096}'`, ['--override', '{"max_model_len": 4096}']],
])('divides %j', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

it.each([`a 'b`, 'a "b', 'a\\'])('refuses %j', (text) => {
  expect(splitWords(text)).toMatchObject({ problem: expect.stringContaining('quote') });
});

it('gives back any words that are quoted one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      const text = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
      expect(splitWords(text)).toEqual(words);
    }),
  );
});
