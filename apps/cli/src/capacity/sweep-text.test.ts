import { expect, it } from 'vitest';
import { parseSweep } from './sweep-text.js';

it('reads lists and ranges, ascending and each once', () => {
  expect(parseSweep('8, 1,2,4,2', false)).toEqual([1, 2, 4, 8]);
  expect(parseSweep('2-10:4', true)).toEqual([2, 6, 10]);
  expect(parseSweep('0.1-0.3:0.1', false)).toEqual([0.1, 0.2, 0.3]);
});

it.each(['', '1,,2', '0', '-1', '1.5e', '5-1:1', '1-1000:1', 'inf', '1-2:0'])('refuses "%s"', (text) => {
  expect(parseSweep(text, false)).toMatchObject({ problem: expect.stringContaining(`"${text}"`) as string });
});

it('refuses half a request in flight', () => {
  expect(parseSweep('1,2.5', true)).toHaveProperty('problem');
});
