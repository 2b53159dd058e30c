import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roomFor, scaleTop } from './scale-top.js';

it('reaches above the largest value, and leaves at most a fifth of the strip empty', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e15, noNaN: true }), (largest) => {
      const top = scaleTop(largest);
      expect(top).toBeGreaterThanOrEqual(largest);
      expect(largest / top).toBeGreaterThan(0.799);
    }),
  );
  expect([scaleTop(0), scaleTop(NaN), scaleTop(7), scaleTop(1_980)]).toEqual([1, 1, 7.2, 2_000]);
});

it('has room for every line, and grows in few steps', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (count) => {
      const room = roomFor(count);
      expect(room).toBeGreaterThanOrEqual(count);
      expect(count / room).toBeGreaterThan(0.79);
      expect(roomFor(count + 1)).toBeGreaterThanOrEqual(room);
    }),
  );
  expect(new Set(Array.from({ length: 1_024 }, (_, at) => roomFor(at + 1))).size).toBeLessThan(40);
});
