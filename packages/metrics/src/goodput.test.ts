import { durationNs, NS_PER_S } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DEADLINES, goodput, meetsSlo, scoreRequest, type Slo } from './index.js';
import { streamOf, timingsOf } from './testing/timings.js';

const score = scoreRequest(streamOf([100, 10, 20, 30]), DEFAULT_DEADLINES);
const none = scoreRequest(timingsOf([]), DEFAULT_DEADLINES);
const single = scoreRequest(streamOf([100]), DEFAULT_DEADLINES);

describe('meetsSlo', () => {
  it.each<[Slo, boolean]>([
    [[{ metric: 'ttft', limitNs: durationNs(100) }], true],
    [[{ metric: 'ttft', limitNs: durationNs(99) }], false],
    [[{ metric: 'tpot', limitNs: durationNs(20) }], true],
    [[{ metric: 'tpot', limitNs: durationNs(19) }], false],
    [[{ metric: 'end_to_end', limitNs: durationNs(160) }], true],
    [[{ metric: 'end_to_end', limitNs: durationNs(159) }], false],
    [[{ metric: 'fluidity_index', floorIndex: 1 }], true],
    [
      [
        { metric: 'ttft', limitNs: durationNs(100) },
        { metric: 'tpot', limitNs: durationNs(19) },
      ],
      false,
    ],
  ])('%j: %s', (slo, met) => {
    expect(meetsSlo(score, slo)).toBe(met);
  });

  it('holds a fluidity-index to its floor', () => {
    const stalled = scoreRequest(streamOf([100, 10, 2_000_000_000, 10]), DEFAULT_DEADLINES);
    expect(stalled.fluidityIndex).toBeLessThan(1);
    expect(meetsSlo(stalled, [{ metric: 'fluidity_index', floorIndex: 1 }])).toBe(false);
    expect(meetsSlo(stalled, [{ metric: 'fluidity_index', floorIndex: stalled.fluidityIndex ?? 0 }])).toBe(
      true,
    );
  });

  it('is not met without tokens, and a term without a value is', () => {
    expect(meetsSlo(none, [{ metric: 'ttft', limitNs: durationNs(NS_PER_S) }])).toBe(false);
    expect(meetsSlo(single, [{ metric: 'tpot', limitNs: durationNs(0) }])).toBe(true);
  });
});

describe('goodput', () => {
  const slo: Slo = [{ metric: 'tpot', limitNs: durationNs(19) }];

  it('counts the requests that meet it, a second', () => {
    expect(goodput([score, single, none, single], slo, durationNs(4 * NS_PER_S))).toEqual({
      metCount: 2,
      requestsCount: 4,
      requestsPerS: 0.5,
    });
  });

  it('is undefined without a term or without time', () => {
    expect(goodput([score], [], durationNs(1))).toBeUndefined();
    expect(goodput([score], slo, durationNs(0))).toBeUndefined();
  });
});
