import type { AgentDescription, AgentEvent } from '@fluidscope/telemetry-link';

export interface HostSourceOptions {
  readonly hz: number;
  /** Asked about once a second: the processes to watch now. */
  readonly pids: () => readonly number[];
}

export interface HostSourceHandlers {
  onRecords(records: Buffer): void;
  onEvent(event: AgentEvent): void;
}

/** Samples of the host: records of the sampler's form with `gpuIndex` `HOST_GPU_INDEX`. */
export interface HostSource extends Disposable {
  describe(): NonNullable<AgentDescription['host']>;
}

export type OpenHostSource = (handlers: HostSourceHandlers, options: HostSourceOptions) => HostSource;
