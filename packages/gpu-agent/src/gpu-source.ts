import type { AgentDescription } from '@fluidscope/telemetry-link';

/** The parts of a description that a source of GPU samples knows. */
export type GpuDescription = Pick<AgentDescription, 'gpu_source' | 'gpus'>;

/** Something that reads GPUs and tells a listener; it runs until it is disposed of. */
export interface GpuSource extends Disposable {
  describe(): GpuDescription;
}

/** How the sampling itself fares; all since the start. */
export interface SamplingCounters {
  /** Samples that found the native ring full. */
  readonly ringOverrunsCount: number;
  /** Slots of the schedule that passed before the sampling thread woke. */
  readonly lateWakeupsCount: number;
  readonly guardChangesCount: number;
  readonly eventsDroppedCount: number;
  readonly recordsCount: number;
  /** Spent inside NVML's calls: what the GPUs cost, and not the agent. */
  readonly insideCallsNs: number;
}
