import { expect, it } from 'vitest';
import { durationNs } from '@fluidscope/units';
import { RunStop } from './run-stop.js';
import { MS } from './testing/virtual-run.js';
import { VirtualTime } from './testing/virtual-time.js';

function stopOf(time: VirtualTime, drainLimitMs: number | undefined): RunStop {
  const drainLimitNs = drainLimitMs === undefined ? undefined : durationNs(drainLimitMs * MS);
  return new RunStop({ clock: time, timers: time, drainLimitNs });
}

function state({ sendingSignal, flightSignal, reason }: RunStop): readonly unknown[] {
  return [sendingSignal.aborted, flightSignal.aborted, reason];
}

it('ends the sending, then after the limit what is in flight', async () => {
  const time = new VirtualTime();
  const stop = stopOf(time, 100);
  expect(state(stop)).toEqual([false, false, 'finished']);
  stop.drain('duration');
  expect(state(stop)).toEqual([true, false, 'duration']);
  await time.advanceTo(99 * MS);
  expect(stop.flightSignal.aborted).toBe(false);
  await time.advanceTo(100 * MS);
  expect(state(stop)).toEqual([true, true, 'duration']);
});

it('waits as long as it takes without a limit, and leaves no timer with one', async () => {
  const time = new VirtualTime();
  stopOf(time, undefined).drain('duration');
  expect(time.pendingCount).toBe(0);
  const limited = stopOf(time, 100);
  limited.drain('interrupted');
  limited.dispose();
  await time.advanceTo(200 * MS);
  expect(limited.flightSignal.aborted).toBe(false);
});

it('told to stop while draining cancels at once, and keeps its first reason', () => {
  const stop = stopOf(new VirtualTime(), 100);
  stop.drain('duration');
  stop.drain('interrupted');
  expect(state(stop)).toEqual([true, true, 'duration']);
});

it('takes a failure over any other reason, and its first cause', () => {
  const stop = stopOf(new VirtualTime(), 100);
  stop.drain('interrupted');
  stop.fail('disk full');
  stop.fail(new Error('later'));
  expect(state(stop)).toEqual([true, true, 'failed']);
  expect(stop.failure?.message).toBe('disk full');
});
