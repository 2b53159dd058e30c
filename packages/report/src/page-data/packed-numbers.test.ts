import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packDeltas, packNumbers, unpackDeltas, unpackNumbers } from './packed-numbers.js';

const LARGEST = 2 ** 52 - 1;
const whole = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer({ min: -LARGEST, max: LARGEST }));

it('gives back what was packed', () => {
  fc.assert(
    fc.property(fc.array(whole), (values) => {
      expect([...unpackNumbers(packNumbers(values))]).toEqual(values);
    }),
  );
});

it('gives back what was packed as differences', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -(2 ** 50), max: 2 ** 50 })), (values) => {
      expect([...unpackDeltas(packDeltas(values))]).toEqual(values);
    }),
  );
});

it('writes base64 that others read', () => {
  const bytes = Buffer.from(packNumbers([0, -1, 1, 64, 300]), 'base64');
  expect([...bytes]).toEqual([0, 1, 2, 128, 1, 216, 4]);
});

it('takes two bytes for the usual distance of two tokens', () => {
  expect(Buffer.from(packNumbers([2_000]), 'base64')).toHaveLength(2);
});

it('refuses what is not whole', () => {
  expect(() => packNumbers([0.5])).toThrow('Expected a whole number to pack but received 0.5');
});
