import fc from 'fast-check';
import { expect, it } from 'vitest';
import { engineNs } from './engine-time.js';
import { createFixedScheduleEngine } from './fixed-schedule-engine.js';
import type { EngineRequest } from './serving-engine.js';
import { simulate } from './simulate.js';

function engine(ttftNs = 100, tbtNs = 20) {
  return createFixedScheduleEngine<EngineRequest>({ ttftNs, tbtNs, maxModelTokens: 1_000 });
}

it('emits token k at arrival + ttft + k × tbt, whatever else runs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 20 })), { maxLength: 30 }),
      fc.nat(200),
      fc.nat(50),
      (load, ttftNs, tbtNs) => {
        let atNs = 0;
        const arrivals = load.map(([waitNs, outputTokens]) => {
          atNs += waitNs;
          return { request: { promptTokens: 1, outputTokens }, atNs: engineNs(atNs) };
        });
        let previousNs = 0;
        const results = simulate(arrivals, engine(ttftNs, tbtNs), ({ endNs }) => {
          expect(endNs).toBeGreaterThanOrEqual(previousNs);
          previousNs = endNs;
        });
        results.forEach(({ request, arrivedNs, tokenNs }) => {
          const due = Array.from({ length: request.outputTokens }, (_, k) => arrivedNs + ttftNs + k * tbtNs);
          expect(tokenNs).toEqual(due);
        });
      },
    ),
  );
});

it('stops at a cancelled request’s next token', () => {
  const fixed = engine();
  const request = { promptTokens: 1, outputTokens: 5 };
  fixed.submit(request, engineNs(0));
  fixed.step();
  expect(fixed.stats().runningCount).toBe(1);
  expect(fixed.cancel(request)).toBe(true);
  expect(fixed.cancel(request)).toBe(false);
  expect(fixed.nextEventNs()).toBeUndefined();
  expect(fixed.step()).toBeUndefined();
  expect(fixed.stats().runningCount).toBe(0);
});

it('refuses what the other engines refuse', () => {
  const fixed = engine();
  expect(() => fixed.submit({ promptTokens: 999, outputTokens: 2 }, engineNs(0))).toThrow(RangeError);
  expect(() => createFixedScheduleEngine({ ttftNs: 0.5, tbtNs: 1, maxModelTokens: 1 })).toThrow(RangeError);
});

it('works off a long queue without holding on to what is done', () => {
  const request = (): EngineRequest => ({ promptTokens: 1, outputTokens: 2 });
  const arrivals = Array.from({ length: 5_000 }, (_, index) => ({
    request: request(),
    atNs: engineNs(index),
  }));
  const results = simulate(arrivals, engine());
  expect(results.every(({ tokenNs, arrivedNs }) => tokenNs[1] === arrivedNs + 120)).toBe(true);
});
