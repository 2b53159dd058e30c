import { expect, it } from 'vitest';
import { retryAfterS } from './retry-after.js';

const DATE = 'Wed, 21 Oct 2015 07:28:00 GMT';

it.each([
  ['120', DATE, 120],
  [' 0.5 ', undefined, 0.5],
  ['0', undefined, 0],
  ['Wed, 21 Oct 2015 07:29:30 GMT', DATE, 90],
  ['Wed, 21 Oct 2015 07:27:00 GMT', DATE, 0],
  ['soon', DATE, undefined],
  ['-5', DATE, undefined],
  [undefined, DATE, undefined],
])('reads %j', (value, date, seconds) => {
  expect(retryAfterS(value, date)).toBe(seconds);
});

it("counts from this host's clock where the response has no date", () => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  expect(retryAfterS(inAMinute, undefined)).toBeGreaterThan(30);
  expect(retryAfterS(inAMinute, 'yesterday')).toBeLessThanOrEqual(60);
});
