import { describe, expect, it } from 'vitest';
import { burstRange, mostSustained, nextBurstCount } from './bursts.js';
import { judgePoint } from './judge-point.js';
import { nextStep } from './next-step.js';
import type { MeasuredPoint } from './point-outcome.js';

const TERMS = [{ name: 'p90_ttft<=1s', targetRatio: 0.9 }];

/** A burst to an engine that answers `atOnceCount` requests at once, each in half a second, after a start of 0.2 s; what takes over a second fails. */
function burst(requestCount: number, { atOnceCount = 8, refusedCount = 0 } = {}): MeasuredPoint {
  const requests = Array.from({ length: requestCount }, (_, index) => {
    const isFailed = index >= requestCount - refusedCount;
    const endedNs = isFailed ? 1e6 : 2e8 + 5e8 * (Math.floor(index / atOnceCount) + 1);
    const goodCount = isFailed || endedNs > 1e9 ? 0 : 1;
    return { intendedNs: 0, endedNs, isFailed, counts: [{ goodCount, totalCount: 1 }] };
  });
  const planned = { load: requestCount, seedIndex: 0, requestCount, purpose: 'burst' } as const;
  return judgePoint(planned, { requests, sendingEndedNs: 0, stoppedBy: undefined }, TERMS);
}

describe('bursts', () => {
  it('grow until four times as many are answered hardly faster', () => {
    const bursts: MeasuredPoint[] = [];
    for (let count = nextBurstCount(bursts); count !== undefined; count = nextBurstCount(bursts))
      bursts.push(burst(count));
    expect(bursts.map(({ requestCount }) => requestCount)).toEqual([4, 16, 64]);
  });

  it('tell the rate of the full engine without the time in which it filled', () => {
    const range = burstRange([burst(4), burst(16), burst(64), burst(256)]);
    expect(range?.fullPerS).toBeCloseTo(16, 9);
    expect(range?.metPerS).toBeLessThan(range?.mostPerS ?? 0);
    expect(mostSustained([burst(64), burst(256)])?.highLoad).toBeCloseTo(16.8, 9);
  });

  it('tell no full engine where some were refused, where it never filled, and where nothing was answered', () => {
    expect(mostSustained([burst(64), burst(256, { refusedCount: 20 })])).toBeUndefined();
    expect(mostSustained([burst(4, { atOnceCount: 999 }), burst(16, { atOnceCount: 999 })])).toBeUndefined();
    const nothing = burst(4, { refusedCount: 4 });
    expect(nothing.verdict).toBe('nothing');
    expect(burstRange([nothing])).toBeUndefined();
  });
});

describe('a search that bursts begin', () => {
  const OPTIONS = {
    terms: TERMS,
    startLoad: undefined,
    lowestLoad: 1 / 64,
    highestLoad: 1_000,
    isWhole: false,
    precisionRatio: 0.1,
    steadyCount: 100,
    mostRequestsCount: 10_000,
    mostElapsedNs: Infinity,
  };

  it('looks first at four fifths of what the full engine answered', () => {
    const step = nextStep(OPTIONS, [burst(4), burst(16), burst(64), burst(256)]);
    expect(step).toMatchObject({ kind: 'measure', point: { purpose: 'bracket', load: 12.8 } });
  });

  it('takes no burst where it is told where to begin, or what is in flight is searched', () => {
    for (const options of [
      { ...OPTIONS, startLoad: 2 },
      { ...OPTIONS, startLoad: 1, isWhole: true },
    ])
      expect(nextStep(options, [])).toMatchObject({ point: { purpose: 'bracket' } });
  });

  it('begins at 1 where the budget allows no burst', () => {
    expect(nextStep({ ...OPTIONS, mostRequestsCount: 3 }, [])).toMatchObject({ kind: 'answer' });
  });
});
