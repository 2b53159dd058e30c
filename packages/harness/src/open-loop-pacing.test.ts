import { describe, expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { OpenLoopPacing } from './open-loop-pacing.js';
import type { DueRequest } from './pacing.js';
import { RequestsAhead } from './requests-ahead.js';
import { planOf } from './testing/planned-requests.js';

function pacingOf(
  offsetsNs: readonly number[],
  rest: { readonly endNs?: number; readonly maxInFlightCount?: number } = {},
): OpenLoopPacing {
  return new OpenLoopPacing({
    requests: new RequestsAhead(planOf(offsetsNs)),
    phase: 'measured',
    startNs: runNs(1_000),
    endNs: rest.endNs === undefined ? undefined : runNs(rest.endNs),
    maxInFlightCount: rest.maxInFlightCount,
  });
}

function summary(due: DueRequest | undefined): unknown {
  return due && [due.request.planned.requestIndex, due.intendedNs, due.queued];
}

it('gives each request at its time from the start, and says when to look for the next', () => {
  const pacing = pacingOf([0, 5]);
  expect(pacing.nextLook()).toEqual({ kind: 'on_time', atNs: 1_000 });
  expect(summary(pacing.next(runNs(999)))).toBeUndefined();
  expect(summary(pacing.next(runNs(1_003)))).toEqual([0, 1_000, false]);
  expect(summary(pacing.next(runNs(1_003)))).toBeUndefined();
  expect(pacing.nextLook()).toEqual({ kind: 'on_time', atNs: 1_005 });
  expect(summary(pacing.next(runNs(9_000)))).toEqual([1, 1_005, false]);
  expect(pacing.nextLook()).toEqual({ kind: 'never' });
  expect(pacing.dueCount).toBe(2);
});

it('leaves out what is intended at its end or later', () => {
  const pacing = pacingOf([0, 9, 10], { endNs: 1_010 });
  expect(summary(pacing.next(runNs(2_000)))).toEqual([0, 1_000, false]);
  expect(summary(pacing.next(runNs(2_000)))).toEqual([1, 1_009, false]);
  expect(summary(pacing.next(runNs(2_000)))).toBeUndefined();
  expect(pacing.nextLook()).toEqual({ kind: 'when_one_ends' });
  expect([...pacing.takeUnsent(runNs(2_000))]).toEqual([]);
});

describe('under a cap', () => {
  it('tells those that waited for it from those that are merely late', () => {
    const pacing = pacingOf([0, 5, 20], { maxInFlightCount: 1 });
    pacing.next(runNs(1_000));
    // Nobody looked between: the second came due while the first was in flight, the third after it had ended.
    pacing.ended(runNs(1_010));
    expect(pacing.waitingCount).toBe(1);
    expect(summary(pacing.next(runNs(1_030)))).toEqual([1, 1_005, true]);
    pacing.ended(runNs(1_015));
    expect(summary(pacing.next(runNs(1_030)))).toEqual([2, 1_020, false]);
  });

  it('counts what waits, and looks at the next arrival only to count it', () => {
    const pacing = pacingOf([0, 5, 20], { maxInFlightCount: 1 });
    pacing.next(runNs(1_000));
    expect(pacing.nextLook()).toEqual({ kind: 'about', atNs: 1_005 });
    expect(summary(pacing.next(runNs(1_005)))).toBeUndefined();
    expect([pacing.waitingCount, pacing.dueCount]).toEqual([1, 2]);
    pacing.next(runNs(1_020));
    expect(pacing.nextLook()).toEqual({ kind: 'when_one_ends' });
    expect([...pacing.takeUnsent(runNs(1_021))].map(summary)).toEqual([
      [1, 1_005, true],
      [2, 1_020, true],
    ]);
  });
});
