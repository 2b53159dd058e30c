import { describe, expect, it } from 'vitest';
import { SampleLine } from './telemetry/sample-line.js';
import { NO_TELEMETRY, type Telemetry } from './telemetry/telemetry.js';
import { DEADLINES, MS, streamOf } from './testing/streams.js';
import { maskedWindows, withinBounds } from './validity.js';

/** A counter sampled every 10 ms whose clock is known to within 20 ms from 300 ms to 600 ms, else to 0.1 ms. */
function hostWithDoubt(): Telemetry {
  const timesNs = Float64Array.from({ length: 100 }, (_, index) => 10 * index * MS);
  const boundsNs = timesNs.map((timeNs) => (timeNs >= 300 * MS && timeNs < 600 * MS ? 20 : 0.1) * MS);
  const line = new SampleLine(timesNs, new Float64Array(100), boundsNs, 25 * MS);
  const host = {
    sourceId: 'host-1',
    metrics: ['pressure_cpu_some_us'],
    line: () => line,
    linesOf: () => new Map([[0, line]]),
  };
  return { ...NO_TELEMETRY, hosts: [host] };
}

describe('maskedWindows', () => {
  it('tells the time in which the client was late to stamp or to send, and in which an agent’s clock was not known', () => {
    const streams = [
      streamOf(0, { tokens: 30, errorMs: (token) => (token === 10 ? 7 : 6) }),
      streamOf(1, { tokens: 30, sentLateMs: 60 }),
      streamOf(2, { tokens: 30, sentLateMs: 40 }),
    ];
    expect(maskedWindows(streams, hostWithDoubt(), DEADLINES)).toEqual([
      { sourceId: 'client', reason: 'client_lag', fromNs: 293 * MS, toNs: 300 * MS },
      { sourceId: 'client', reason: 'sends_behind', fromNs: 0, toNs: 60 * MS },
      { sourceId: 'host-1', reason: 'clock_bound', fromNs: 280 * MS, toNs: 610 * MS },
    ]);
  });

  it('is empty for a run without doubt', () => {
    expect(maskedWindows([streamOf(0, { tokens: 30 })], NO_TELEMETRY, DEADLINES)).toEqual([]);
  });
});

describe('withinBounds', () => {
  it('takes samples of doubtful time for lost, so that nothing is concluded from them', () => {
    const line = withinBounds(hostWithDoubt(), DEADLINES).hosts[0]?.line('pressure_cpu_some_us');
    expect(line?.coverageRatio(0, 290 * MS)).toBe(1);
    expect(line?.coverageRatio(350 * MS, 550 * MS)).toBe(0);
  });
});

describe('SampleLine with losses', () => {
  it('speaks for no time that is known to be lost, though a sample would reach it', () => {
    const samples = new SampleLine(
      Float64Array.of(0, 1_000 * MS),
      new Float64Array(2),
      new Float64Array(2),
      1_250 * MS,
    );
    expect(samples.coverageRatio(0, 1_000 * MS)).toBe(1);
    const lost = samples.withLost([{ fromNs: 200 * MS, toNs: 700 * MS }]);
    expect(lost.coverageRatio(0, 1_000 * MS)).toBeCloseTo(0.5, 9);
  });
});
