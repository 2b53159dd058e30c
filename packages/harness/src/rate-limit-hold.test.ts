import { durationNs, runNs } from '@fluidscope/units';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { askedWaitNs, RateLimitHold } from './rate-limit-hold.js';

it('holds until the latest time that any answer asks for', () => {
  const hold = new RateLimitHold();
  expect(hold.untilNs).toBeUndefined();
  hold.ask(runNs(100), durationNs(50));
  hold.ask(runNs(120), durationNs(10));
  expect(hold.untilNs).toBe(150);
  hold.ask(runNs(140), durationNs(100));
  expect(hold.untilNs).toBe(240);
});

it('counts of a request’s delay only what it was held', () => {
  const hold = new RateLimitHold();
  hold.ask(runNs(100), durationNs(50));
  hold.ask(runNs(300), durationNs(100));
  expect(hold.heldNs(runNs(0), runNs(90))).toBe(0);
  expect(hold.heldNs(runNs(120), runNs(150))).toBe(30);
  expect(hold.heldNs(runNs(120), runNs(350))).toBe(80);
  expect(hold.heldNs(runNs(0), runNs(1_000))).toBe(150);
  expect(hold.heldNs(runNs(400), runNs(1_000))).toBe(0);
});

it('never counts more than the delay itself', () => {
  const ask = fc.record({ gapNs: fc.nat(100), waitNs: fc.nat(200) });
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 20 }), fc.nat(2_000), fc.nat(2_000), (asks, fromNs, delayNs) => {
      const hold = new RateLimitHold();
      let nowNs = 0;
      for (const { gapNs, waitNs } of asks) hold.ask(runNs((nowNs += gapNs)), durationNs(waitNs));
      const heldNs = hold.heldNs(runNs(fromNs), runNs(fromNs + delayNs));
      expect(heldNs).toBeGreaterThanOrEqual(0);
      expect(heldNs).toBeLessThanOrEqual(delayNs);
    }),
  );
});

it('takes a wait beyond all reason for a week', () => {
  expect(askedWaitNs(undefined)).toBeUndefined();
  expect(askedWaitNs(1.5)).toBe(1_500_000_000);
  expect(askedWaitNs(1e300)).toBe(604_800e9);
});
