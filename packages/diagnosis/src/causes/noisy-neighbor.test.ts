import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { machineOf, SLOW_STREAMS, whileSlow, type SubCurves } from '../testing/machines.js';
import { DEADLINES } from '../testing/streams.js';

function findings(processes: SubCurves) {
  return diagnose(SLOW_STREAMS, DEADLINES, machineOf({ gpus: [{}], gpuParts: [processes] })).findings;
}

describe('noisy_neighbor', () => {
  it('is laid where another process took what the engine’s lost', () => {
    expect(
      findings({
        10: { process_sm_pct: whileSlow(50, 100) },
        77: { process_sm_pct: whileSlow(50, 0) },
      }),
    ).toMatchObject([
      {
        cause: 'noisy_neighbor',
        sourceIds: ['host-1/GPU-0'],
        evidence: "process 77 took 50 % of its SMs' time, the engine's share fell by 50 %",
      },
    ]);
  });

  it('is ruled out where the engine has the GPU to itself', () => {
    expect(findings({ 10: { process_sm_pct: () => 100 } })).toMatchObject([{ cause: 'unknown' }]);
  });

  it('is not laid by the last value of a process that has gone', () => {
    expect(findings({ 10: { process_sm_pct: () => 100 }, 77: { process_sm_pct: () => 50 } })).toMatchObject([
      { cause: 'unknown' },
    ]);
  });

  it('is not laid for a share too small for the delay', () => {
    expect(
      findings({ 10: { process_sm_pct: whileSlow(88, 100) }, 77: { process_sm_pct: whileSlow(12, 0) } }),
    ).toMatchObject([{ cause: 'unknown' }]);
  });
});
