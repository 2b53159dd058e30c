import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalToNs, NS_EXPONENT, type TimeUnit } from './decimal-ns.js';

describe('decimalToNs', () => {
  it.each<[number, TimeUnit, number]>([
    [0.15, 's', 150_000_000],
    [0.1 + 0.2, 's', 300_000_000],
    [1e-9, 's', 1],
    [4e-10, 's', 0],
    [5e-10, 's', 1],
    [0.0000000015, 's', 2],
    [2.5e-9, 's', 3],
    [1.0000000005, 's', 1_000_000_001],
    [4.898437, 'ms', 4_898_437],
    [0.0005, 'us', 1],
    [7.4, 'ns', 7],
    [9_007_199.25474099, 's', 9_007_199_254_740_990],
    [0, 's', 0],
  ])('%d %s is %d ns', (value, unit, expectedNs) => {
    expect(decimalToNs(value, unit)).toBe(expectedNs);
  });

  it.each([-1e-12, NaN, Infinity, 9_007_199.3, '0.1', null, undefined])('refuses %s', (value) => {
    expect(decimalToNs(value, 's')).toBeUndefined();
  });

  it('rounds the decimal that was written, whatever the double of it', () => {
    const units = fc.constantFrom<TimeUnit>('s', 'ms', 'us', 'ns');
    // Up to 16 digits are what a double keeps; many of these end in an exact half.
    const decimals = fc.tuple(
      fc.integer({ min: 0, max: 9_999_999 }),
      fc.integer({ min: 0, max: 9_999_999 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(units, decimals, (unit, [whole, fraction, endsInHalf]) => {
        const exponent = NS_EXPONENT[unit];
        const digits =
          `${fraction}`.padStart(Math.max(0, exponent - 7), '0').slice(0, 8) + (endsInHalf ? '5' : '');
        const text = `${exponent === 9 ? whole % 1_000 : whole}.${digits}`;
        const [left = '', right = ''] = text.split('.');
        const scaled = BigInt(left + right.padEnd(40, '0')); // ten to the 40th
        const unitNs = 10n ** BigInt(exponent);
        const one = 10n ** 40n;
        const expectedNs = (2n * scaled * unitNs + one) / (2n * one);
        expect(decimalToNs(Number(text), unit)).toBe(Number(expectedNs));
      }),
      { numRuns: 5_000 },
    );
  });
});
