import type { Loss, TraceEvent } from '@fluidscope/trace-schema';
import type { SampleLine } from './sample-line.js';

/** Everything that is known of one GPU, host, server or client, by metric. */
export interface MetricSource {
  /** `<agent_id>/<gpu uuid>`, an agent's id, a server's URL, or `client`. */
  readonly sourceId: string;
  /** Those of which the trace has a sample. */
  readonly metrics: readonly string[];
  /** Of the whole source (`sub_id` 0); `undefined` where the trace has no sample of it: not measured, which is not zero. */
  line(metric: string): SampleLine | undefined;
  /** By `sub_id`: a link, a process, a CPU. Empty where the trace has none. */
  linesOf(metric: string): ReadonlyMap<number, SampleLine>;
}

export interface GpuSource extends MetricSource {
  readonly agentId: string;
  readonly gpuUuid: string;
}

/** What a trace holds beside tokens. Every list may be empty: then the causes that need it cannot be judged, and the diagnosis says so. */
export interface Telemetry {
  readonly gpus: readonly GpuSource[];
  /** The agents' hosts. */
  readonly hosts: readonly MetricSource[];
  /** The load generator's threads: `client`, `client/1`, … */
  readonly clients: readonly MetricSource[];
  readonly servers: readonly MetricSource[];
  /** In order of time. */
  readonly events: readonly TraceEvent[];
  readonly losses: readonly Loss[];
}

export const NO_TELEMETRY: Telemetry = {
  gpus: [],
  hosts: [],
  clients: [],
  servers: [],
  events: [],
  losses: [],
};
