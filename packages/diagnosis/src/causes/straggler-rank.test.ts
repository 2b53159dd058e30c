import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow } from '../testing/machines.js';
import { DEADLINES, MS } from '../testing/streams.js';
import type { Curves } from '../testing/telemetry.js';

const SLOW_RANK: Curves = {
  sm_clock_mhz: whileSlow(600, 1_980),
  gpm_sm_pct: () => 100,
  gpm_graphics_pct: () => 100,
  throttle_power_cap_ns: () => 3,
};
const PEER: Curves = { ...SLOW_RANK, sm_clock_mhz: () => 1_980, gpm_sm_pct: whileSlow(55, 100) };

function findings(...gpus: readonly Curves[]) {
  return diagnose(SLOW_STREAMS, DEADLINES, machineOf({ gpus })).findings;
}

describe('straggler_rank', () => {
  it('names the rank that the others spin for', () => {
    expect(findings(PEER, SLOW_RANK)).toMatchObject([
      {
        cause: 'straggler_rank',
        sourceIds: ['host-1/GPU-1'],
        evidence:
          'ran 70 % below the clock of its peers without a reason told, which waited for it 45 % of the time',
      },
    ]);
  });

  it('is the proximate cause where the slow rank is held down: the root is named', () => {
    const capped = { ...SLOW_RANK, throttle_power_cap_ns: growing(MS) };
    expect(findings(PEER, capped)).toMatchObject([{ cause: 'power_cap', sourceIds: ['host-1/GPU-1'] }]);
  });

  it('is not laid without peers, nor where all stand idle alike', () => {
    const idle = { ...PEER, gpm_sm_pct: whileSlow(55, 100), gpm_graphics_pct: whileSlow(55, 100) };
    expect(findings(SLOW_RANK)).toMatchObject([{ cause: 'unknown' }]);
    expect(findings(idle, { ...idle, gpm_sm_pct: () => 100, gpm_graphics_pct: () => 100 })).toMatchObject([
      { cause: 'unknown' },
    ]);
  });
});
