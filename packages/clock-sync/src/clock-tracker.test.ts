import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClockProbe } from './clock-probe.js';
import { ClockTracker } from './clock-tracker.js';
import { fitClock } from './fit-clock.js';

const NS_PER_S = 1_000_000_000;

function probeAt(t1Ns: number, offsetNs: number, [outNs, backNs] = [40_000, 40_000]): ClockProbe {
  const t2Ns = t1Ns + outNs + offsetNs;
  return { t1Ns, t2Ns, t3Ns: t2Ns + 5_000, t4Ns: t1Ns + outNs + 5_000 + backNs };
}

function tracked(probes: readonly ClockProbe[], options = {}): ClockTracker {
  const tracker = new ClockTracker(options);
  for (const probe of probes) tracker.add(probe);
  return tracker;
}

describe('ClockTracker', () => {
  it('says at the end what fitClock says', () => {
    const probes = Array.from({ length: 2_000 }, (_, index) => probeAt(index * (NS_PER_S / 4), index));
    const live = tracked(probes).current();
    const after = fitClock(probes.toReversed());
    expect(live.segments).toEqual(after.segments);
    expect(live.offsetAt(123_456_789_012)).toEqual(after.offsetAt(123_456_789_012));
  });

  it('leaves a snapshot as it was', () => {
    const tracker = tracked([probeAt(0, 0)]);
    const before = tracker.current();
    tracker.add(probeAt(NS_PER_S, 50_000_000));
    expect(before.steps).toEqual([]);
    expect(tracker.current().steps).toHaveLength(1);
  });

  it('keeps its newest segments only, and claims nothing of what it dropped', () => {
    const stepping = Array.from({ length: 50 }, (_, index) => probeAt(index * NS_PER_S, index * 10_000_000));
    const fit = tracked(stepping, { maxSegments: 8 }).current();
    expect(fit.segments).toHaveLength(8);
    expect(fit.offsetAt(10 * NS_PER_S)).toBeUndefined();
    expect(fit.toRunNs(0)).toBeUndefined();
    expect(fit.offsetAt(49 * NS_PER_S + 100_000)?.boundNs).toBeLessThan(50_000);
  });

  it('closes a segment at its limit of probes', () => {
    const probes = Array.from({ length: 1_000 }, (_, index) => probeAt(index * 1_000_000, 0));
    const fit = tracked(probes, { maxSegmentProbes: 100 }).current();
    expect(fit.segments.every((segment) => segment.probesCount <= 100)).toBe(true);
    expect(fit.steps).toEqual([]);
  });

  it('bridges a pause between probes by one line', () => {
    const seconds = [...Array(40).keys(), ...Array.from({ length: 40 }, (_, index) => 900 + index)];
    const fit = tracked(seconds.map((second) => probeAt(second * NS_PER_S, second * 20_000))).current();
    const found = fit.offsetAt(470 * NS_PER_S);
    expect(Math.abs((found?.offsetNs ?? 0) - 470 * 20_000)).toBeLessThanOrEqual(found?.boundNs ?? 0);
    expect(found?.boundNs).toBeLessThan(42_000);
  });

  it('gives both run times their due when a step back shows an agent time twice', () => {
    const back = [0, 1, 2, 3].map((index) => probeAt(index * NS_PER_S, index < 2 ? 0 : -10 * NS_PER_S));
    const found = tracked(back)
      .current()
      .toRunNs(-7 * NS_PER_S);
    expect(Math.abs((found?.runNs ?? 0) - 3 * NS_PER_S)).toBeLessThanOrEqual(found?.boundNs ?? 0);
  });

  it('puts an agent time that was jumped over into the step', () => {
    const jumped = [0, 1, 2, 3].map((index) => probeAt(index * NS_PER_S, index < 2 ? 0 : 3600 * NS_PER_S));
    const found = tracked(jumped)
      .current()
      .toRunNs(1800 * NS_PER_S);
    expect(Math.abs((found?.runNs ?? 0) - 1.5 * NS_PER_S)).toBeLessThan(NS_PER_S / 100);
    expect(found?.boundNs).toBeGreaterThan(0.49 * NS_PER_S);
    expect(found?.boundNs).toBeLessThan(0.51 * NS_PER_S);
  });

  it('holds for any delays, any skew within the limit and any offset that a double holds', () => {
    const exchanges = fc.array(
      fc.record({
        gapNs: fc.nat(2_000_000_000),
        outNs: fc.nat(50_000_000),
        stayNs: fc.nat(1_000_000),
        backNs: fc.nat(50_000_000),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(
        exchanges,
        fc.integer({ min: -500_000, max: 500_000 }),
        fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
        fc.double({ min: -2, max: 3, noNaN: true }),
        (rows, skewPpb, offsetNs, share) => {
          // Exact in integers: the agent's clock at run time t is t + offset + floor(t * skew / 1e9).
          const agentAt = (runNs: number): number =>
            runNs + offsetNs + Number((BigInt(runNs) * BigInt(skewPpb)) / 1_000_000_000n);
          let atNs = 0;
          const probes = rows.map(({ gapNs, outNs, stayNs, backNs }) => {
            const t1Ns = atNs + gapNs;
            const receivedNs = t1Ns + outNs;
            const t4Ns = receivedNs + stayNs + backNs;
            atNs = t1Ns;
            return { t1Ns, t2Ns: agentAt(receivedNs), t3Ns: agentAt(receivedNs + stayNs), t4Ns };
          });
          const fit = fitClock(probes);
          expect(fit.rejectedCount).toBe(0);
          expect(fit.steps).toEqual([]);
          const askedNs = Math.round(share * (atNs + NS_PER_S));
          const found = fit.offsetAt(askedNs);
          expect(Math.abs((found?.offsetNs ?? 0) - (agentAt(askedNs) - askedNs))).toBeLessThanOrEqual(
            (found?.boundNs ?? 0) + 2,
          );
          const mapped = fit.toRunNs(agentAt(askedNs));
          expect(Math.abs((mapped?.runNs ?? Infinity) - askedNs)).toBeLessThanOrEqual(
            (mapped?.boundNs ?? 0) + 2,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never throws on odd stamps', () => {
    const stamp = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(2 ** 53, -(2 ** 53), Number.NaN));
    const probe = fc.record({ t1Ns: stamp, t2Ns: stamp, t3Ns: stamp, t4Ns: stamp });
    fc.assert(
      fc.property(fc.array(probe), fc.double(), (probes, atNs) => {
        const fit = tracked(probes).current();
        expect(fit.rejectedCount).toBeLessThanOrEqual(probes.length);
        fit.offsetAt(atNs);
        fit.toRunNs(atNs);
      }),
    );
  });
});
