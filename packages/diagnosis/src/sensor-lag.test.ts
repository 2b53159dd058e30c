import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sensorLags } from './sensor-lag.js';
import { seededRandom } from './seeded-random.js';
import { MS, streamOf } from './testing/streams.js';
import { gpuWith } from './testing/telemetry.js';

const BUSY_MS: readonly number[] = Array.from(
  { length: 12 },
  (_, index) => 300 + index * 750 + ((index * 7) % 5) * 60,
);

/** A batch that decodes for 400 ms now and then. */
const BURSTS = BUSY_MS.map((startMs, index) => streamOf(index, { tokens: 80, startMs, ttftMs: 0, tbtMs: 5 }));

function busyAt(atMs: number): boolean {
  return BUSY_MS.some((startMs) => atMs >= startMs && atMs < startMs + 400);
}

describe('a sensor’s lag', () => {
  it('is found within its stated range, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 100 }), (lag10Ms) => {
        const lagMs = lag10Ms * 10;
        const { gpus } = gpuWith({ power_instant_mw: (atMs) => (busyAt(atMs - lagMs) ? 600_000 : 100_000) });
        const [lag] = sensorLags(BURSTS, gpus);
        expect(lag).toMatchObject({ sourceId: 'host-1/GPU-0', metric: 'power_instant_mw' });
        expect(Math.abs((lag?.lagNs ?? NaN) - lagMs * MS)).toBeLessThanOrEqual(20 * MS);
        expect(lag?.fromNs).toBeLessThanOrEqual(lag?.lagNs ?? NaN);
        expect(lag?.toNs).toBeGreaterThanOrEqual(lag?.lagNs ?? NaN);
      }),
      { numRuns: 25 },
    );
  });

  it('is half the window of a moving average', () => {
    const windowMs = 600;
    const averageMw = (atMs: number): number => {
      const levels = Array.from({ length: windowMs / 10 }, (_, step) =>
        busyAt(atMs - step * 10) ? 600_000 : 100_000,
      );
      return levels.reduce((sum, level) => sum + level, 0) / levels.length;
    };
    const [lag] = sensorLags(BURSTS, gpuWith({ power_average_mw: averageMw }).gpus);
    expect(Math.abs((lag?.lagNs ?? NaN) - (windowMs / 2) * MS)).toBeLessThanOrEqual(60 * MS);
  });

  it('is not claimed of noise, an even load, a level that never changes, or a run of seconds', () => {
    const random = seededRandom(7);
    const noise = gpuWith({ power_instant_mw: () => random() * 600_000 }).gpus;
    const following = gpuWith({ power_instant_mw: (atMs) => (busyAt(atMs) ? 600_000 : 100_000) }).gpus;
    const even = [streamOf(0, { tokens: 1_900, ttftMs: 0, tbtMs: 5 })];
    expect(sensorLags(BURSTS, noise)).toEqual([]);
    expect(sensorLags(even, following)).toEqual([]);
    expect(sensorLags(BURSTS, gpuWith({ utilization_gpu_pct: () => 100 }).gpus)).toEqual([]);
    expect(sensorLags(BURSTS.slice(0, 3), following)).toEqual([]);
    expect(sensorLags([], following)).toEqual([]);
  });

  it('reads only what rises and falls with the work', () => {
    const { gpus } = gpuWith({ temperature_gpu_celsius: (atMs) => (busyAt(atMs) ? 70 : 40) });
    expect(sensorLags(BURSTS, gpus)).toEqual([]);
  });
});
