import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow } from '../testing/machines.js';
import { DEADLINES, MS, streamOf } from '../testing/streams.js';
import type { Curves } from '../testing/telemetry.js';

const USUAL: Curves = {
  cpu_busy_ns: growing(MS, MS),
  cpu_steal_ns: () => 0,
  pressure_cpu_some_us: () => 0,
  pressure_memory_some_us: () => 0,
  major_faults_count: () => 12,
  runnable_tasks_count: whileSlow(24, 2),
  host_sampler_lateness_ns: () => 60_000,
};
const GPU_WAITS: Curves = { gpm_graphics_pct: whileSlow(50, 100) };

function findings(host: Curves, gpu: Curves = GPU_WAITS) {
  return diagnose(SLOW_STREAMS, DEADLINES, machineOf({ gpus: [gpu], host: { ...USUAL, ...host } })).findings;
}

describe('cpu_starvation', () => {
  const STARVED: Curves = { pressure_cpu_some_us: growing(500) };

  it('is laid where tasks waited for a CPU and GPUs for the host', () => {
    expect(findings(STARVED)).toMatchObject([{ cause: 'cpu_starvation', sourceIds: ['host-1'] }]);
  });

  it('is ruled out by no pressure, and by GPUs that never waited', () => {
    expect(findings({})).toMatchObject([{ cause: 'unknown' }]);
    expect(findings(STARVED, { gpm_graphics_pct: () => 100 })).toMatchObject([{ cause: 'unknown' }]);
  });

  it('is laid for steps of 80 ms, too: a pause for a collector takes longer', () => {
    const streams = Array.from({ length: 5 }, (_, index) =>
      streamOf(index, {
        tokens: 300,
        stallsMs: Object.fromEntries(Array.from({ length: 25 }, (_each, at) => [95 + at, 60])),
      }),
    );
    const host = { ...USUAL, ...STARVED };
    const telemetry = machineOf({ gpus: [{ gpm_graphics_pct: whileSlow(25, 100) }], host });
    expect(diagnose(streams, DEADLINES, telemetry).findings).toMatchObject([{ cause: 'cpu_starvation' }]);
  });

  it('is laid by what a control group’s limit held back', () => {
    const telemetry = machineOf({
      gpus: [GPU_WAITS],
      host: USUAL,
      hostParts: { 10: { cgroup_cpu_throttled_ns: growing(0.4 * MS) } },
    });
    expect(diagnose(SLOW_STREAMS, DEADLINES, telemetry).findings).toMatchObject([
      { cause: 'cpu_starvation' },
    ]);
  });
});

describe('vm_steal', () => {
  const STOLEN: Curves = {
    cpu_steal_ns: growing(MS),
    host_sampler_lateness_ns: whileSlow(3 * MS, 60_000),
  };

  it('is laid where the hypervisor took CPU time, and is the root of what tasks waited', () => {
    expect(findings(STOLEN)).toMatchObject([{ cause: 'vm_steal' }]);
    expect(findings({ ...STOLEN, pressure_cpu_some_us: growing(500) })).toMatchObject([
      { cause: 'vm_steal' },
    ]);
  });

  it('is ruled out by GPUs that never waited', () => {
    expect(findings(STOLEN, { gpm_graphics_pct: () => 100 })).toMatchObject([{ cause: 'unknown' }]);
  });
});

describe('numa_paging', () => {
  const PAGING: Curves = { pressure_memory_some_us: growing(300), major_faults_count: growing(1) };

  it('is laid where tasks waited for memory and pages were read in', () => {
    const [finding] = findings(PAGING);
    expect(finding).toMatchObject({ cause: 'numa_paging', confidence: 0.7 });
    expect(finding?.evidence).toBe(
      'some task waited for memory 30 % of the time, 1000 pages read in a second',
    );
  });

  it('is ruled out by what goes on all the time', () => {
    expect(
      findings({ pressure_memory_some_us: growing(300, 300), major_faults_count: growing(1, 1) }),
    ).toMatchObject([{ cause: 'unknown' }]);
  });
});
