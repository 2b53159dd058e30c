import { expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { createNodeTimers } from './node-timers.js';
import { createRunClock } from './run-clock.js';
import { MS } from './testing/virtual-run.js';
import { VirtualTime } from './testing/virtual-time.js';
import { callEvery } from './timers.js';

it('calls every period on an absolute schedule, leaving out the turns that a blocked loop missed', async () => {
  const time = new VirtualTime();
  const calls: (readonly [dueMs: number, atMs: number])[] = [];
  const schedule = { startNs: runNs(0), periodNs: 10 * MS, nowNs: () => time.nowNs() };
  const every = callEvery(time, schedule, (dueNs) => calls.push([dueNs / MS, time.nowNs() / MS]));
  await time.advanceTo(25 * MS);
  time.block(27 * MS);
  await time.advanceTo(70 * MS);
  every.cancel();
  await time.advanceTo(200 * MS);
  expect(calls).toEqual([
    [10, 10],
    [20, 20],
    [30, 52],
    [60, 60],
    [70, 70],
  ]);
});

it.each(['callAt', 'callOnTime'] as const)('%s of Node’s timers never calls early', async (how) => {
  const clock = createRunClock();
  const timers = createNodeTimers(clock);
  for (let delayUs = 0; delayUs <= 6_000; delayUs += 250) {
    const atNs = runNs(clock.nowNs() + delayUs * 1_000);
    await new Promise<void>((resolve) => timers[how](atNs, resolve));
    expect(clock.nowNs()).toBeGreaterThanOrEqual(atNs);
  }
});

it.each(['callAt', 'callOnTime'] as const)(
  '%s of Node’s timers can be called off, twice too',
  async (how) => {
    const clock = createRunClock();
    const timers = createNodeTimers(clock);
    let calledCount = 0;
    for (const delayNs of [0, 100_000, 2 * MS]) {
      const pending = timers[how](runNs(clock.nowNs() + delayNs), () => (calledCount += 1));
      pending.cancel();
      pending.cancel();
    }
    await new Promise<void>((resolve) => timers.callAt(runNs(clock.nowNs() + 5 * MS), resolve));
    expect(calledCount).toBe(0);
  },
);

it('waits for what is further away than a timer of Node’s can be', async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error): void => void warnings.push(warning);
  process.on('warning', collect);
  const clock = createRunClock();
  const timers = createNodeTimers(clock);
  let calledCount = 0;
  const pending = timers.callAt(runNs(clock.nowNs() + 60 * 86_400e9), () => (calledCount += 1));
  await new Promise<void>((resolve) => timers.callAt(runNs(clock.nowNs() + 20 * MS), resolve));
  pending.cancel();
  process.off('warning', collect);
  expect([warnings, calledCount]).toEqual([[], 0]);
});
