import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow } from '../testing/machines.js';
import { DEADLINES, MS } from '../testing/streams.js';
import type { Curves } from '../testing/telemetry.js';

const HOT: Curves = {
  throttle_thermal_sw_ns: () => 5,
  throttle_thermal_hw_ns: growing(MS),
  temperature_gpu_celsius: (ms) => Math.min(95, 60 + ms / 40),
  sm_clock_mhz: whileSlow(440, 1_980),
};

function findings(curves: Curves) {
  return diagnose(SLOW_STREAMS, DEADLINES, machineOf({ gpus: [curves] })).findings;
}

describe('thermal_slowdown', () => {
  it('is laid where heat came first, a thermal counter ran, and the clock fell far enough', () => {
    expect(findings(HOT)).toMatchObject([
      {
        cause: 'thermal_slowdown',
        sourceIds: ['host-1/GPU-0'],
        evidence: 'at 95 °C, under a thermal slowdown 100 % of the time, the SM clock 78 % down',
      },
    ]);
  });

  it('is ruled out by counters that stand still, however hot it is', () => {
    expect(findings({ ...HOT, throttle_thermal_hw_ns: () => 9 })).toMatchObject([{ cause: 'unknown' }]);
  });

  it('is not laid for a slowdown too weak for the delay', () => {
    expect(findings({ ...HOT, sm_clock_mhz: whileSlow(1_800, 1_980) })).toMatchObject([{ cause: 'unknown' }]);
  });

  it('is not laid where the clock is not known', () => {
    const { sm_clock_mhz: _clock, ...blind } = HOT;
    expect(findings(blind)).toMatchObject([{ cause: 'unknown' }]);
  });
});
