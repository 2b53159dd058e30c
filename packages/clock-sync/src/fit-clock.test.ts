import { describe, expect, it } from 'vitest';
import { fitClock } from './fit-clock.js';

/** An agent `offsetNs` ahead; the request takes `outNs`, the answer `backNs`. */
function probeAt(t1Ns: number, offsetNs: number, [outNs, backNs] = [40_000, 40_000]) {
  const t2Ns = t1Ns + outNs + offsetNs;
  return { t1Ns, t2Ns, t3Ns: t2Ns + 5_000, t4Ns: t1Ns + outNs + 5_000 + backNs };
}

describe('fitClock', () => {
  it('knows nothing without probes', () => {
    const fit = fitClock([]);
    expect(fit.toRunNs(0)).toBeUndefined();
    expect(fit.offsetAt(0)).toBeUndefined();
    expect(fit.segments).toEqual([]);
  });

  it('bounds one probe by half its round trip, and time around it by the skew limit', () => {
    const fit = fitClock([probeAt(0, 1_000_000)]);
    expect(Math.abs((fit.offsetAt(40_000)?.offsetNs ?? 0) - 1_000_000)).toBeLessThan(5);
    expect(fit.offsetAt(40_000)?.boundNs).toBeLessThan(40_000 + 50);
    // 500 ppm of ten seconds.
    expect(fit.offsetAt(10_000_000_000)?.boundNs).toBeGreaterThan(5_000_000);
    expect(fit.offsetAt(10_000_000_000)?.boundNs).toBeLessThan(5_100_000);
    expect(fit.offsetAt(-10_000_000_000)?.boundNs).toBeGreaterThan(5_000_000);
  });

  it('halves the interval when delays are asymmetric in turn', () => {
    const fit = fitClock([probeAt(0, 0, [10_000, 500_000]), probeAt(1_000_000, 0, [500_000, 10_000])]);
    const found = fit.offsetAt(500_000);
    expect(Math.abs(found?.offsetNs ?? Infinity)).toBeLessThan(1_000);
    expect(found?.boundNs).toBeLessThan(11_000);
  });

  it('maps agent times back', () => {
    const fit = fitClock([probeAt(0, -7_000_000_000_000), probeAt(1_000_000_000, -7_000_000_000_000)]);
    const found = fit.toRunNs(500_000_000 - 7_000_000_000_000);
    expect(Math.abs((found?.runNs ?? 0) - 500_000_000)).toBeLessThanOrEqual(found?.boundNs ?? 0);
    expect(found?.boundNs).toBeLessThan(45_000);
  });

  it('segments at a step, and claims nothing but both sides in between', () => {
    const fit = fitClock([
      ...[0, 1, 2, 3].map((index) => probeAt(index * 250_000_000, 0)),
      ...[4, 5, 6, 7].map((index) => probeAt(index * 250_000_000, 3_000_000)),
    ]);
    expect(fit.steps).toHaveLength(1);
    expect(fit.steps[0]?.fromRunNs).toBe(750_000_000);
    expect(Math.abs((fit.steps[0]?.changeNs ?? 0) - 3_000_000)).toBeLessThanOrEqual(
      fit.steps[0]?.boundNs ?? 0,
    );
    expect(fit.offsetAt(300_000_000)?.boundNs).toBeLessThan(41_000);
    expect(fit.offsetAt(900_000_000)?.boundNs).toBeGreaterThan(1_500_000);
    expect(fit.offsetAt(1_500_000_000)?.boundNs).toBeLessThan(41_000);
  });

  it('rejects probes that contradict themselves, and counts them', () => {
    const good = probeAt(0, 0);
    const fit = fitClock([
      good,
      { ...good, t4Ns: -1 },
      { ...good, t2Ns: 0.5 },
      { ...good, t3Ns: Number.NaN },
      { ...good, t3Ns: good.t3Ns + 10_000_000 },
    ]);
    expect(fit.rejectedCount).toBe(4);
    expect(fit.segments).toHaveLength(1);
  });
});
