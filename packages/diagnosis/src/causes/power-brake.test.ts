import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow } from '../testing/machines.js';
import { DEADLINES, MS } from '../testing/streams.js';
import type { Curves } from '../testing/telemetry.js';

const BRAKED: Curves = { throttle_power_brake_ns: growing(MS), sm_clock_mhz: whileSlow(495, 1_980) };

function causes(...gpus: readonly Curves[]) {
  return diagnose(SLOW_STREAMS, DEADLINES, machineOf({ gpus })).findings.map(({ cause }) => cause);
}

describe('power_brake', () => {
  it('is laid where the brake was pulled and the clock cut', () => {
    expect(causes(BRAKED, BRAKED)).toEqual(['power_brake']);
  });

  it('is ruled out by a counter that stands still', () => {
    expect(causes({ ...BRAKED, throttle_power_brake_ns: () => 0 })).toEqual(['unknown']);
  });

  it('is not laid for a brake without consequence', () => {
    expect(causes({ ...BRAKED, sm_clock_mhz: () => 1_980 })).toEqual(['unknown']);
  });
});
