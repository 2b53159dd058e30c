import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { machineOf, type MachineShape } from '../testing/machines.js';
import { DEADLINES, streamOf } from '../testing/streams.js';

function streams(stalledCount: number) {
  return Array.from({ length: 6 }, (_, index) =>
    streamOf(index, {
      tokens: 300,
      delivery: true,
      ...(index < stalledCount ? { stallsMs: { 100: 900 } } : {}),
    }),
  );
}

const WORKING: MachineShape = {
  gpus: [{ gpm_graphics_pct: () => 100 }],
  server: { generation_tokens_count: (ms) => Math.round((6 * ms) / 20) },
};

function causes(shape: MachineShape, stalledCount = 6) {
  return diagnose(streams(stalledCount), DEADLINES, machineOf(shape)).findings.map(({ cause }) => cause);
}

describe('detokenizer_bottleneck', () => {
  it('is laid where all streams stood still and caught up while the engine worked on', () => {
    expect(causes(WORKING)).toEqual(['detokenizer_bottleneck']);
  });

  it('is laid by either witness that the engine worked on, and by neither is unknown', () => {
    expect(causes({ ...WORKING, gpus: [] })).toEqual(['detokenizer_bottleneck']);
    expect(causes({ gpus: WORKING.gpus ?? [] })).toEqual(['detokenizer_bottleneck']);
    expect(causes({})).not.toContain('detokenizer_bottleneck');
  });

  it('is ruled out by an engine that stood still, and by some streams that went on', () => {
    const stopped = (ms: number) => Math.round((6 * (ms - Math.max(0, Math.min(ms, 3_000) - 2_100))) / 20);
    expect(causes({ server: { generation_tokens_count: stopped } })).not.toContain('detokenizer_bottleneck');
    expect(causes(WORKING, 2)).not.toContain('detokenizer_bottleneck');
  });

  it('is ruled out by segments that were sent again', () => {
    const lossy = { ...WORKING, host: { tcp_retransmits_count: (ms: number) => (ms > 2_500 ? 40 : 0) } };
    expect(causes({ ...lossy, gpus: [] })).not.toContain('detokenizer_bottleneck');
  });
});
