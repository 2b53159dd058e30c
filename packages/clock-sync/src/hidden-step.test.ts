import { expect, it } from 'vitest';
import type { ClockProbe } from './clock-probe.js';
import { fitClock } from './fit-clock.js';

const NS_PER_S = 1_000_000_000;
const OUT_NS = 100_000;
const BACK_NS = 20_000;

/** 4 probes a second for a minute, each leg up to 3 µs longer in turn, of a clock that steps half-way. */
function probesAround(stepNs: number): readonly ClockProbe[] {
  return Array.from({ length: 240 }, (_, index) => {
    const t1Ns = index * (NS_PER_S / 4);
    const offsetNs = index < 120 ? 0 : stepNs;
    const t2Ns = t1Ns + OUT_NS + (index % 3) * 1_500 + offsetNs;
    const backNs = BACK_NS + (index % 2) * 3_000;
    return { t1Ns, t2Ns, t3Ns: t2Ns + 5_000, t4Ns: t2Ns - offsetNs + 5_000 + backNs };
  });
}

it('leaves the bound of steady clocks at half of the least delays', () => {
  const fit = fitClock(probesAround(0));
  expect(fit.offsetAt(30 * NS_PER_S)?.boundNs).toBeLessThanOrEqual((OUT_NS + BACK_NS) / 2 + 2);
});

// Each is below the 120 µs that the network could hide; above the 20 µs back, the lines alone would miss the offset before it.
it.each([30_000, 60_000, 90_000, -90_000, -110_000])(
  'covers both sides of a hidden step of %i ns',
  (stepNs) => {
    const fit = fitClock(probesAround(stepNs));
    expect(fit.steps).toEqual([]);
    for (const [atS, trueNs] of [
      [10, 0],
      [29, 0],
      [31, stepNs],
      [50, stepNs],
    ] as const) {
      const found = fit.offsetAt(atS * NS_PER_S);
      expect(Math.abs((found?.offsetNs ?? Infinity) - trueNs)).toBeLessThanOrEqual(found?.boundNs ?? 0);
      const agentNs = atS * NS_PER_S + trueNs;
      const mapped = fit.toRunNs(agentNs);
      expect(Math.abs((mapped?.runNs ?? Infinity) - atS * NS_PER_S)).toBeLessThanOrEqual(
        mapped?.boundNs ?? 0,
      );
    }
  },
);

it('says nothing of a step with fewer probes than it takes to know what chance does', () => {
  const fit = fitClock(probesAround(0).slice(0, 3));
  expect(fit.offsetAt(0)?.boundNs).toBeLessThan(OUT_NS);
});
