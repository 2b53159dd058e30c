import type { Json } from '@fluidscope/trace-schema';
import type { AgentDescription } from './agent-description.js';

/** What a subscriber wants of a source. */
export interface TelemetrySelection {
  /** Ids of `GPU_METRICS` and `HOST_METRICS`; `undefined`: all. */
  readonly metricIds?: readonly number[];
  /** `HOST_GPU_INDEX` stands for the host; `undefined`: all GPUs and the host. */
  readonly gpuIndices?: readonly number[];
  /** At most so many samples a second of each (gpu, metric, sub_id); `undefined`: all. Resets of counters and events are never thinned. */
  readonly maxHz?: number;
}

/** Something that happened on the agent's host. */
export interface AgentEvent {
  readonly kind: string;
  /** The agent host's CLOCK_MONOTONIC. */
  readonly monoNs: bigint;
  /** Who says so: `sampler`, `host`, `agent`. */
  readonly source: string;
  readonly detail: Json;
}

/** Samples that were not recorded, and so never reach a reader. */
export interface AgentLoss {
  /** `ring_overrun` and the like. */
  readonly reason: string;
  readonly count: number;
  readonly fromMonoNs: bigint;
  readonly toMonoNs: bigint;
}

export interface TelemetryListener {
  /** Whole records of `SAMPLE_RECORD_BYTES`; the buffer is shared: read it before returning. */
  onRecords(records: Buffer): void;
  onEvent(event: AgentEvent): void;
  onLoss(loss: AgentLoss): void;
}

/** Port: where an agent's samples come from. The link knows no sampler; `gpu-agent` implements this. */
export interface TelemetrySource {
  /** As of now: states and measured refresh intervals change. Called a few times a second at most. */
  describe(): AgentDescription;
  subscribe(listener: TelemetryListener): Disposable;
}
