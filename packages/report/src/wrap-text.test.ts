import { expect, it } from 'vitest';
import { wrapText } from './wrap-text.js';

it('breaks at spaces, hangs what follows, and leaves a word whole that is too long', () => {
  expect(wrapText('  one two three', 9, 4)).toBe('  one two\n    three');
  expect(wrapText('a unbreakable b', 5)).toBe('a\nunbreakable\nb');
});
