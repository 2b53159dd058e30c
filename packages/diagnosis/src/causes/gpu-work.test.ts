import { describe, expect, it } from 'vitest';
import { machineOf } from '../testing/machines.js';
import { MS } from '../testing/streams.js';
import type { Curves } from '../testing/telemetry.js';
import { lostWork, lostWorkByHost } from './gpu-work.js';

function lostMs(curves: Curves, [fromMs, toMs] = [1_000, 1_300]) {
  const [gpu] = machineOf({ gpus: [curves] }).gpus;
  const lost = gpu === undefined ? undefined : lostWork(gpu, fromMs * MS, toMs * MS);
  return lost === undefined ? undefined : Math.round(lost.lostNs / MS);
}

/** The mean of the 100 ms before, of a GPU that stands idle from 1 s for 250 ms. */
function blurred(ms: number): number {
  const idleMs = Math.max(0, Math.min(ms, 1_250) - Math.max(ms - 100, 1_000));
  return 100 - idleMs;
}

describe('lostWork', () => {
  it('is what the activity lacks of the usual', () => {
    expect(lostMs({ gpm_graphics_pct: (ms) => (ms > 1_000 && ms <= 1_250 ? 0 : 100) })).toBe(250);
    expect(lostMs({ gpm_graphics_pct: (ms) => (ms > 1_000 && ms <= 1_300 ? 60 : 100) })).toBe(120);
  });

  it('is not more for a window that blurs it', () => {
    expect(lostMs({ gpm_graphics_pct: blurred }, [1_000, 1_400])).toBe(250);
  });

  it('is read from power where nothing better is there, if the run has shown both', () => {
    expect(lostMs({ power_instant_mw: (ms) => (ms > 1_000 && ms <= 1_200 ? 70_000 : 300_000) })).toBe(200);
    expect(lostMs({ power_instant_mw: () => 300_000 })).toBeUndefined();
  });

  it('is unknown without a sensor, and beyond its samples', () => {
    expect(lostMs({})).toBeUndefined();
    expect(lostMs({ gpm_graphics_pct: () => 100 }, [20_000, 21_000])).toBeUndefined();
  });

  it('of a host is that of its busiest GPU', () => {
    const { gpus } = machineOf({
      gpus: [{ gpm_graphics_pct: () => 100 }, { gpm_graphics_pct: (ms) => (ms > 1_000 ? 0 : 100) }],
    });
    expect(lostWorkByHost(gpus, 1_000 * MS, 2_000 * MS)).toMatchObject([{ agentId: 'host-1', lostNs: 0 }]);
  });
});
