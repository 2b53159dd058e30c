import type { DurationNs, RunNs } from '@fluidscope/units';
import type { Json } from './records.js';

/**
 * Records of agents keep the agent's own time, `agentNs`: ns of its host's CLOCK_MONOTONIC since the agent's `originMonoNs`. The views align
 * it with the latest `ClockPiece`s, so that rows written early get the final fit and no row is ever rewritten.
 */
export interface AgentRow {
  /** Position among the run's agents, from 0: what other records name it by. */
  readonly agentIndex: number;
  readonly agentId: string;
  readonly url: string;
  readonly originMonoNs: bigint;
  /** What it says of itself; a later row of the same index replaces it. */
  readonly description: Json;
  readonly timeNs: RunNs;
}

/** What a sample's `seriesIndex` stands for. */
export interface AgentSeries {
  /** Position among the run's series, from 0. */
  readonly seriesIndex: number;
  readonly agentIndex: number;
  readonly scope: 'gpu' | 'host';
  /** `undefined` for the host, and for a GPU that the agent did not name. */
  readonly gpuUuid: string | undefined;
  readonly metric: string;
  /** What within GPU or host: the metric's scope says. 0 for the whole. */
  readonly subId: number;
}

/** Samples of agents in columns, for they are many. Only rows below `length` count. */
export interface AgentSampleColumns {
  readonly length: number;
  /** When they came in; only of use where they are dropped. */
  readonly receivedNs: RunNs;
  readonly seriesIndex: Uint32Array;
  /** Just before the sensor was read. */
  readonly agentNs: Float64Array;
  readonly callNs: Uint32Array;
  /** NaN becomes NULL. */
  readonly value: Float64Array;
  /** Bit 0: fresh; bit 1: a counter's new epoch; bit 2: from the driver's buffer; bit 3: a mean since `sensorNs`. */
  readonly flags: Uint8Array;
  /** In the clock of `agentNs`; NaN where there is none. */
  readonly sensorNs: Float64Array;
}

/** Something that happened on an agent's host. */
export interface AgentEventRow {
  readonly agentIndex: number;
  readonly agentNs: number;
  /** `<agent_id>/<who>`. */
  readonly source: string;
  readonly kind: string;
  readonly detail: Json;
}

/** The four stamps of one exchange. */
export interface ClockProbeRow {
  readonly agentIndex: number;
  readonly t1Ns: RunNs;
  readonly t2AgentNs: number;
  readonly t3AgentNs: number;
  readonly t4Ns: RunNs;
}

/**
 * From `fromAgentNs` to the next piece, run time is `runNs + (1 + skew) (agentNs - this.agentNs)`, wrong by at most `boundNs`. Of one
 * agent, the pieces of its highest revision count.
 */
export interface ClockPiece {
  readonly agentIndex: number;
  readonly revision: number;
  /** -Infinity for the first, which also holds for whatever came before it. */
  readonly fromAgentNs: number;
  readonly agentNs: number;
  readonly runNs: RunNs;
  /** Run time a unit of agent time, less 1. */
  readonly skewRatio: number;
  readonly boundNs: DurationNs;
}

/** One (agent, gpu, metric, sub_id) of a trace over a span of run time, in order of time. */
export interface SampleSeries {
  readonly agentId: string;
  /** `undefined` for a host. */
  readonly gpuUuid: string | undefined;
  readonly metric: string;
  readonly subId: number;
  /** `RunNs`, aligned. */
  readonly timeNs: Float64Array;
  /** NaN where the source gave no finite number. */
  readonly value: Float64Array;
  /** 0 where the value repeats the sensor's previous refresh, else 1. */
  readonly fresh: Uint8Array;
  /** The true time is at most this far from `timeNs`. */
  readonly boundNs: Float64Array;
}

/** Which samples to read. */
export interface SampleFilter {
  readonly scope: 'gpu' | 'host';
  readonly metrics: readonly string[];
  readonly agentId?: string;
  readonly gpuUuid?: string;
  /** Inclusive. */
  readonly fromNs?: RunNs;
  readonly toNs?: RunNs;
}

/** One estimate of how an agent's clock stood to the client's. */
export interface ClockOffset {
  readonly agentId: string;
  readonly timeNs: RunNs;
  /** The agent's CLOCK_MONOTONIC minus the client's. May exceed 2^53: hosts count from their own boot. */
  readonly offsetNs: bigint;
  readonly boundNs: DurationNs;
}
