import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow, type SubCurves } from '../testing/machines.js';
import { DEADLINES } from '../testing/streams.js';
import type { Curves } from '../testing/telemetry.js';

function findings(gpu: Curves, links: SubCurves = {}) {
  return diagnose(SLOW_STREAMS, DEADLINES, machineOf({ gpus: [gpu], gpuParts: [links] })).findings;
}

describe('link_degradation', () => {
  it('is laid where a link repeated what it sent', () => {
    expect(findings({}, { 4: { nvlink_replay_errors_count: growing(0.2) } })).toMatchObject([
      { cause: 'link_degradation', sourceIds: ['host-1/GPU-0'] },
    ]);
  });

  it('is laid where the PCIe link lost lanes', () => {
    const [finding] = findings({ pcie_link_width_count: whileSlow(4, 16) });
    expect(finding).toMatchObject({
      cause: 'link_degradation',
      evidence: 'its PCIe link lost 75 % of its width',
    });
  });

  it('is ruled out by errors that come all the time, and by few', () => {
    expect(findings({}, { 4: { nvlink_replay_errors_count: growing(0.2, 0.2) } })).toMatchObject([
      { cause: 'unknown' },
    ]);
    expect(findings({}, { 4: { nvlink_replay_errors_count: growing(0.001) } })).toMatchObject([
      { cause: 'unknown' },
    ]);
  });
});
