import { expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { createRunClock, measureStampOverhead } from './run-clock.js';

it('counts whole nanoseconds of CLOCK_MONOTONIC from its zero', () => {
  const before = process.hrtime.bigint();
  const clock = createRunClock();
  const after = process.hrtime.bigint();
  expect(clock.startedMonoNs >= before && clock.startedMonoNs <= after).toBe(true);
  const nowNs = clock.nowNs();
  expect(Number.isSafeInteger(nowNs)).toBe(true);
  expect(BigInt(nowNs) + clock.startedMonoNs).toBeLessThanOrEqual(process.hrtime.bigint());
});

it('reads the same time in another place from the same zero', () => {
  const clock = createRunClock();
  const other = createRunClock({ startedMonoNs: clock.startedMonoNs, startedWallNs: clock.startedWallNs });
  const first = clock.nowNs();
  const second = other.nowNs();
  const third = clock.nowNs();
  expect(first <= second && second <= third).toBe(true);
});

it('measures the median cost of a stamp and the smallest step of the clock', () => {
  let readingsCount = 0;
  const steps = [100, 100, 40];
  let nowNs = 0;
  const clock = { nowNs: () => runNs((nowNs += steps[readingsCount++ % steps.length] ?? 0)) };
  expect(measureStampOverhead(clock)).toEqual({ stampOverheadNs: 100, clockResolutionNs: 40 });
});

it('says that a clock that stands still has no step, rather than a made-up one', () => {
  expect(measureStampOverhead({ nowNs: () => runNs(7) })).toEqual({
    stampOverheadNs: 0,
    clockResolutionNs: 0,
  });
});
