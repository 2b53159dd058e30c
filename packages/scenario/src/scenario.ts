import type { Deadlines } from '@fluidscope/metrics';
import type { EngineOverrides, EngineProfileName, GpuBoardName } from '@fluidscope/serving-sim';
import type { ArrivalSpec, LengthSpec } from '@fluidscope/workload';
import type { Fault } from './fault.js';

/** A run as data: what serves, what is sent, what is seen of it, and what goes wrong. With a seed it decides everything. */
export interface Scenario {
  readonly name: string;
  /** Requests are sent for so long; those in flight are then waited for. */
  readonly durationNs: number;
  readonly deadlines: Deadlines;
  readonly engine: {
    readonly profile: EngineProfileName;
    readonly overrides: EngineOverrides;
    /** In place of the profile's. */
    readonly stepNoiseRatio: number | undefined;
  };
  /** Engines behind one address, each with GPUs and a host of its own. */
  readonly replicaCount: number;
  readonly gpus: { readonly board: GpuBoardName; readonly countPerReplica: number };
  readonly load: Load;
  /** Other clients' load: engines and server metrics see it, the trace's requests do not. */
  readonly background: readonly Load[];
  readonly telemetry: Telemetry;
  readonly faults: readonly Fault[];
}

export interface Load {
  readonly arrivals: ArrivalSpec;
  readonly warmupRequestCount: number;
  readonly promptLengths: LengthSpec;
  readonly outputLengths: LengthSpec;
  readonly sharedPrefixTokens: number;
  /** Which replicas serve it, in turn; all when absent. */
  readonly replicaIndexes: readonly number[] | undefined;
}

/** What a run sees of itself. */
export interface Telemetry {
  readonly stamps: 'kernel' | 'user';
  /** `undefined`: no metrics page is read. */
  readonly serverMetrics: { readonly scrapesPerS: number } | undefined;
  /** `undefined`: no agent runs anywhere. */
  readonly agents: AgentTelemetry | undefined;
}

export interface AgentTelemetry {
  /** Replicas with an agent on their host; all when absent. */
  readonly replicaIndexes: readonly number[] | undefined;
  /** Whether GPUs, and the host, are sampled. */
  readonly gpu: boolean;
  readonly host: boolean;
  readonly fastPerS: 10 | 20 | 50 | 100;
  readonly clock: AgentClockSpec;
  /** Share of the frames of samples that never come; `withLoad` makes it proportional to how full the engine is. */
  readonly dropRatio: number;
  readonly dropWithLoad: boolean;
  readonly deadFromNs: number | undefined;
  readonly deadToNs: number | undefined;
}

/** How an agent's clock stands to the client's, beside an origin of its own. */
export interface AgentClockSpec {
  readonly offsetNs: number;
  readonly driftPpm: number;
  readonly stepNs: number;
  readonly stepAtNs: number | undefined;
  readonly roundTripNs: number;
  /** What the way to the agent takes longer than the way back. */
  readonly asymmetryNs: number;
}
