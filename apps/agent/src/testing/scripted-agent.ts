import { LatestValues, type GpuAgent } from '@fluidscope/gpu-agent';
import type { TelemetryListener } from '@fluidscope/telemetry-link';

export const UUID = 'GPU-aaaaaaaa-0000-0000-0000-000000000000';

/** Stands for a machine: what it tells is what the test says. */
export class ScriptedAgent implements GpuAgent {
  readonly agentId = 'node7-0123abcd';
  readonly originMonoNs = process.hrtime.bigint();
  readonly latest = new LatestValues(this.originMonoNs);
  readonly listeners = new Set<TelemetryListener>();
  isDisposed = false;
  gpuState = 'ready';

  describe(): ReturnType<GpuAgent['describe']> {
    return {
      agent_id: this.agentId,
      hostname: 'node7',
      versions: { agent: '0.0.0' },
      gpu_source: { kind: 'nvml', state: 'ready', detail: '' },
      gpus: [{ index: 0, uuid: UUID, name: 'Scripted', state: this.gpuState, absent: [], metrics: [] }],
      host: { absent: [], metrics: [], sub_labels: { interface: { '2': 'eth0' } } },
    };
  }

  subscribe(listener: TelemetryListener): Disposable {
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => void this.listeners.delete(listener) };
  }

  counters(): ReturnType<GpuAgent['counters']> {
    return {
      ringOverrunsCount: 3,
      lateWakeupsCount: 4,
      guardChangesCount: 0,
      eventsDroppedCount: 0,
      recordsCount: 1_000,
      insideCallsNs: 1_500_000_000,
      listenersCount: this.listeners.size,
      loopLatenessNs: 2_000_000,
      samplerLatenessNs: 50_000,
    };
  }

  /** A sample taken `ageNs` ago. */
  give(metricId: number, value: number, { subId = 0, gpuIndex = 0, ageNs = 0 } = {}): void {
    const atNs = Number(process.hrtime.bigint() - this.originMonoNs) - ageNs;
    this.latest.add({ gpuIndex, metricId, subId, value, atNs, isFresh: true });
  }

  [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}
