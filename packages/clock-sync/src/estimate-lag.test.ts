import { describe, expect, it } from 'vitest';
import { estimateLag } from './estimate-lag.js';
import { randomOf } from './testing/virtual-clocks.js';

const MS = 1_000_000;
const SPAN_MS = 20_000;

/** An engine that works and rests in turns of random length: whether it works, by millisecond. */
function workingByMs(seed: number): boolean[] {
  const random = randomOf(seed);
  const working: boolean[] = [];
  while (working.length < SPAN_MS) {
    const turn = Math.floor(100 + random() * 500);
    const works = working.at(-1) !== true;
    for (let ms = 0; ms < turn; ms += 1) working.push(works);
  }
  return working;
}

/** A token every 3 ms while the engine works, and one now and then while it rests. */
function tokensOf(working: readonly boolean[]): Float64Array {
  return Float64Array.from(
    working.flatMap((works, ms) => ((works && ms % 3 === 0) || ms % 100 === 0 ? [ms * MS] : [])),
  );
}

/** Read every 5 ms from a sensor that refreshes every 20 ms and shows what was `lagMs` before. */
function sensorOf(working: readonly boolean[], lagMs: number): { timesNs: number[]; values: number[] } {
  const timesMs = Array.from({ length: SPAN_MS / 5 }, (_, index) => index * 5);
  return {
    timesNs: timesMs.map((ms) => ms * MS),
    values: timesMs.map((ms) => (working[Math.max(ms - (ms % 20) - lagMs, 0)] === true ? 300_000 : 90_000)),
  };
}

describe('estimateLag', () => {
  it.each([0, 70, 300, 900])('finds a lag of %d ms to within a bin beside half the refresh', (lagMs) => {
    const working = workingByMs(7 + lagMs);
    const found = estimateLag(tokensOf(working), sensorOf(working, lagMs));
    // Held values are half a refresh period old on average.
    expect(Math.abs((found?.lagNs ?? Infinity) - (lagMs + 10) * MS)).toBeLessThanOrEqual(10 * MS);
    expect(found?.correlationRatio).toBeGreaterThan(0.8);
  });

  it('finds a metric that leads', () => {
    const working = workingByMs(3);
    const late = tokensOf(working).map((timeNs) => timeNs + 250 * MS);
    const found = estimateLag(late, sensorOf(working, 0));
    expect(Math.abs((found?.lagNs ?? Infinity) + 240 * MS)).toBeLessThanOrEqual(10 * MS);
  });

  it('says nothing of unrelated series, constant ones, short ones and none', () => {
    const working = workingByMs(1);
    const tokens = tokensOf(working);
    const sensor = sensorOf(working, 0);
    expect(estimateLag(tokens, sensorOf(workingByMs(99), 0), { minCorrelationRatio: 0.6 })).toBeUndefined();
    expect(estimateLag(tokens, { ...sensor, values: sensor.values.map(() => 7) })).toBeUndefined();
    expect(estimateLag(tokens.slice(0, 100), sensor)).toBeUndefined();
    expect(estimateLag([], { timesNs: [], values: [] })).toBeUndefined();
  });

  it('takes a lag beyond the ones looked at for none', () => {
    const working = workingByMs(5);
    expect(
      estimateLag(tokensOf(working), sensorOf(working, 900), {
        maxLagNs: 100 * MS,
        minCorrelationRatio: 0.8,
      }),
    ).toBeUndefined();
  });
});
