import { expect, it } from 'vitest';
import { millisecondsToNs, parseTimestampNs } from './timestamp.js';

it.each([
  ['1970-01-01 00:00:00.0000001', 100n],
  ['1970-01-01 00:00:01', 1_000_000_000n],
  ['2023-11-16 18:15:46.6805900', 1_700_158_546_680_590_000n],
  ['2023-11-16T18:15:46.680590123Z', 1_700_158_546_680_590_123n],
  ['2024-05-10 00:00:00.009930+00:00', 1_715_299_200_009_930_000n],
  ['2024-05-10 02:00:00+0200', 1_715_299_200_000_000_000n],
])('reads %j to the nanosecond', (text, expectedNs) => {
  expect(parseTimestampNs(text)).toBe(expectedNs);
});

it.each([
  '',
  '1700158546',
  '2023-13-16 18:15:46',
  '2023-11-16 25:15:46',
  '2023-11-16',
  '2023-11-16 18:15:46.0123456789',
])('refuses %j', (text) => {
  expect(parseTimestampNs(text)).toBeUndefined();
});

it('takes milliseconds to the nearest nanosecond, also as large as a wall clock', () => {
  expect(millisecondsToNs(1_301_999)).toBe(1_301_999_000_000n);
  expect(millisecondsToNs(0.0000014)).toBe(1n);
  expect(millisecondsToNs(1_700_158_546_680.5)).toBe(1_700_158_546_680_500_000n);
});
