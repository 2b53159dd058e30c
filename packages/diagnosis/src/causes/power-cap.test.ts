import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { DEADLINES, MS, streamOf } from '../testing/streams.js';
import { gpuWith, type Curves } from '../testing/telemetry.js';

/** From 2 s to 4 s every step takes twice as long. */
const SLOW = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [95 + at, 20]));
const STREAMS = Array.from({ length: 5 }, (_, index) => streamOf(index, { tokens: 300, stallsMs: SLOW }));

const CAPPED = (ms: number): boolean => ms >= 1_950 && ms < 4_100;
const CURVES: Curves = {
  throttle_power_cap_ns: (ms) => MS * Math.max(0, Math.min(ms, 4_100) - 1_950),
  power_instant_mw: (ms) => (CAPPED(ms) ? 345_000 : 300_000),
  power_limit_mw: (ms) => (CAPPED(ms) ? 350_000 : 700_000),
  sm_clock_mhz: (ms) => (CAPPED(ms) ? 440 : 1_980),
};

function causesWith(curves: Curves) {
  return diagnose(STREAMS, DEADLINES, gpuWith(curves)).findings.map(({ cause }) => cause);
}

describe('power_cap', () => {
  it('is laid where the counter ran, power stood at its limit and the clock fell far enough', () => {
    const [finding] = diagnose(STREAMS, DEADLINES, gpuWith(CURVES)).findings;
    expect(finding).toMatchObject({ cause: 'power_cap', sourceIds: ['host-1/GPU-0'], episodesCount: 1 });
    expect(finding?.evidence).toBe(
      'at up to 99 % of its power limit, under its software power cap 100 % of the time, the SM clock 78 % down',
    );
  });

  it('is not laid for a cap too weak for the delay', () => {
    const weak = { ...CURVES, sm_clock_mhz: (ms: number) => (CAPPED(ms) ? 1_900 : 1_980) };
    expect(causesWith(weak)).toEqual(['unknown']);
  });

  it('is ruled out by a counter that stands still', () => {
    expect(causesWith({ ...CURVES, throttle_power_cap_ns: () => 7 })).toEqual(['unknown']);
  });
});
