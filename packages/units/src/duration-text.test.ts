import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration-text.js';
import { durationNs } from './time.js';

describe('parseDuration', () => {
  it.each([
    ['25ms', 25_000_000],
    ['0.3s', 300_000_000],
    [' 2 m ', 120_000_000_000],
    ['1h', 3_600_000_000_000],
    ['250us', 250_000],
    ['250µs', 250_000],
    ['.5s', 500_000_000],
    ['7ns', 7],
  ])('reads %j', (text, expectedNs) => {
    expect(parseDuration(text)).toBe(expectedNs);
  });

  it.each(['25', '1e3', '-5'])('refuses the bare number %j and says why', (text) => {
    expect(parseDuration(text)).toMatchObject({ problem: expect.stringContaining('bare number') as string });
  });

  it.each(['', 'fast', '25 parsecs', '-5ms', '1ms2', '9e99s', '99999999999h'])('refuses %j', (text) => {
    expect(parseDuration(text)).toHaveProperty('problem');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ns'],
    [850, '850 ns'],
    [12_345, '12.3 µs'],
    [12_345_678, '12.3 ms'],
    [123_456_789, '123 ms'],
    [1_250_000_000, '1.25 s'],
    [-1_250_000_000, '-1.25 s'],
    [999_999_983, '1.00 s'],
    [1_234_500_000_000, '1235 s'],
  ])('shows %d ns as %j', (valueNs, expected) => {
    expect(formatDuration(durationNs(valueNs))).toBe(expected);
  });
});
