import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.js';

it('lets a burst in, then its rate', () => {
  const limiter = new RateLimiter({ requestsPerS: 2, burstCount: 3 });
  expect([0, 0, 0, 0, 400, 500, 600, 1000].map((atMs) => limiter.decide(atMs).isAdmitted)).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
    true,
  ]);
});

it('tells what is left and how long to wait, in seconds or as a date', () => {
  const inSeconds = new RateLimiter({ requestsPerS: 0.25 });
  expect(inSeconds.decide(0).headers).toEqual({
    'x-ratelimit-limit-requests': '1',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '4000ms',
  });
  expect(inSeconds.decide(1_000).headers['retry-after']).toBe('3');
  const asDate = new RateLimiter({ requestsPerS: 0.25, retryAfter: 'date' });
  asDate.decide(0);
  expect(asDate.decide(0).headers['retry-after']).toBe('Thu, 01 Jan 1970 00:00:04 GMT');
});

it('never lets in more than its burst and its rate', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(2_000), { maxLength: 100 }),
      fc.integer({ min: 1, max: 5 }),
      (gapsMs, burstCount) => {
        const limiter = new RateLimiter({ requestsPerS: 3, burstCount });
        let [atMs, admittedCount] = [0, 0];
        for (const gapMs of gapsMs) {
          atMs += gapMs;
          if (limiter.decide(atMs).isAdmitted) admittedCount += 1;
        }
        expect(admittedCount).toBeLessThanOrEqual(burstCount + 3 * (atMs / 1_000) + 1e-6);
      },
    ),
  );
});
