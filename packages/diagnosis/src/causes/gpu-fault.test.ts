import { runNs } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { machineOf, pausedStreams, within, withEvents } from '../testing/machines.js';
import { DEADLINES, MS } from '../testing/streams.js';

const SPANS = [[4_000, 6_000]] as const;
const STREAMS = pausedStreams({ streamsCount: 4, spans: SPANS });

function findings(xidAtMs: number, { xid = 79, isIdle = true } = {}) {
  const telemetry = machineOf({ gpus: [{ gpm_graphics_pct: within(SPANS, isIdle ? 0 : 100, 100) }] });
  const gpus = telemetry.gpus.map((gpu) => withEvents(gpu, 'xid_index', [[xidAtMs, xid]]));
  return diagnose(STREAMS, DEADLINES, { ...telemetry, gpus }).findings;
}

describe('gpu_fault', () => {
  it('is laid where the driver reported it just before and the GPU stood still', () => {
    expect(findings(4_000)).toMatchObject([
      { cause: 'gpu_fault', confidence: expect.closeTo(0.97, 2), sourceIds: ['host-1/GPU-0'] },
    ]);
    expect(findings(4_000)[0]?.evidence).toContain('reported XID 79');
  });

  it('is not laid by a report from long before or after', () => {
    expect(findings(1_000)).toMatchObject([{ cause: 'unknown' }]);
    expect(findings(5_500)).toMatchObject([{ cause: 'unknown' }]);
  });

  it('is not laid where the GPU went on working', () => {
    expect(findings(4_000, { isIdle: false })).toMatchObject([{ cause: 'unknown' }]);
  });

  it('takes an event that names the GPU', () => {
    const telemetry: Telemetry = {
      ...machineOf({ gpus: [{ gpm_graphics_pct: within(SPANS, 0, 100) }] }),
      events: [
        {
          source: 'host-1/sampler',
          kind: 'xid',
          timeNs: runNs(4_000 * MS),
          detail: { data: 94, gpu_uuid: 'GPU-0' },
        },
      ],
    };
    expect(diagnose(STREAMS, DEADLINES, telemetry).findings).toMatchObject([{ cause: 'gpu_fault' }]);
  });
});
