import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LogHistogram, QUANTILE_ERROR_RATIO } from './log-histogram.js';
import { SlidingWindow } from './sliding-window.js';

const durations = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1_000, max: 1e12 })), {
  minLength: 1,
  maxLength: 200,
});

it('gives quantiles within its stated error, and 0 as 0', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0, 0.5, 0.9, 0.99, 1), (values, ratio) => {
      const histogram = new LogHistogram();
      for (const value of values) histogram.add(value);
      const sorted = values.toSorted((a, b) => a - b);
      const exactNs = sorted[Math.max(1, Math.ceil(ratio * sorted.length)) - 1] ?? NaN;
      const errorNs = Math.abs((histogram.quantileNs(ratio) ?? NaN) - exactNs);
      expect(errorNs).toBeLessThanOrEqual(exactNs * QUANTILE_ERROR_RATIO + 1);
    }),
  );
});

it('has no quantile where nothing was counted, also once all was taken away', () => {
  const histogram = new LogHistogram();
  const part = new LogHistogram();
  for (const each of [histogram, part]) each.add(5e6, 3);
  histogram.subtractAndClear(part);
  expect([histogram.quantileNs(0.5), part.totalCount, histogram.totalCount]).toEqual([undefined, 0, 0]);
});

it('holds what a fresh count over the last slots would, however time moves on', () => {
  const event = fc.record({
    stepNs: fc.integer({ min: 0, max: 400 }),
    agoNs: fc.integer({ min: 0, max: 600 }),
    settledCount: fc.integer({ min: 0, max: 5 }),
    missedCount: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const window = new SlidingWindow(1_000, 10);
      const added: { readonly slot: number; readonly settledCount: number; readonly missedCount: number }[] =
        [];
      let nowNs = 0;
      for (const { stepNs, agoNs, settledCount, missedCount } of events) {
        nowNs += stepNs;
        window.advance(nowNs);
        const timeNs = nowNs - agoNs;
        window.addDeadlines(timeNs, settledCount, missedCount);
        window.addTtft(timeNs, 1_000_000 * (1 + missedCount));
        if (timeNs >= 0) added.push({ slot: Math.floor(timeNs / 100), settledCount, missedCount });
        const nowSlot = Math.floor(nowNs / 100);
        const held = added.filter(({ slot }) => slot > nowSlot - 10);
        expect(window.sums.settledCount).toBe(held.reduce((sum, each) => sum + each.settledCount, 0));
        expect(window.sums.missedCount).toBe(held.reduce((sum, each) => sum + each.missedCount, 0));
        expect(window.ttft.totalCount).toBe(held.length);
        expect(window.spanNs(nowNs)).toBeLessThanOrEqual(1_000);
      }
    }),
  );
});
