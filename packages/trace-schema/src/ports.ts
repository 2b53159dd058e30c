import type {
  AgentEventRow,
  AgentRow,
  AgentSampleColumns,
  AgentSeries,
  ClockOffset,
  ClockPiece,
  ClockProbeRow,
  SampleFilter,
  SampleSeries,
} from './agent-records.js';
import type {
  ChunkColumns,
  ChunkTokenCounts,
  DeadlineMiss,
  EpisodeRow,
  HostSample,
  Loss,
  RequestEnd,
  RequestRow,
  RequestStart,
  RunEnd,
  RunRow,
  ServerSample,
  TraceEvent,
} from './records.js';

/**
 * Port: where a run is recorded. Every `append*` copies what it needs before it returns and never waits for the disk:
 * rows reach it within a second. A write that fails is reported once through `failed`, and from then on by `close`.
 */
export interface TraceWriter {
  appendRequestStarts(rows: readonly RequestStart[]): void;
  appendRequestEnds(rows: readonly RequestEnd[]): void;
  appendChunks(columns: ChunkColumns): void;
  appendChunkTokenCounts(counts: ChunkTokenCounts): void;
  appendDeadlineMisses(rows: readonly DeadlineMiss[]): void;
  appendHostSamples(rows: readonly HostSample[]): void;
  appendServerSamples(rows: readonly ServerSample[]): void;
  appendEvents(rows: readonly TraceEvent[]): void;
  appendLosses(rows: readonly Loss[]): void;
  appendAgents(rows: readonly AgentRow[]): void;
  /** Before the samples that name them. */
  appendAgentSeries(rows: readonly AgentSeries[]): void;
  appendAgentSamples(columns: AgentSampleColumns): void;
  appendAgentEvents(rows: readonly AgentEventRow[]): void;
  appendClockProbes(rows: readonly ClockProbeRow[]): void;
  /** All pieces of one revision of one agent at once. */
  appendClockPieces(rows: readonly ClockPiece[]): void;
  /** Rejects when the trace can no longer be written (disk full, say); stays pending otherwise. */
  readonly failed: Promise<never>;
  /** Writes what is left and the end of the run, and closes the file. Without `end` the trace reads as cut short. */
  close(end: RunEnd | undefined): Promise<void>;
}

/** Port: how the diagnosis and the reports read a trace. */
export interface TraceReader {
  run(): Promise<RunRow>;
  /** In order of `requestIndex`. */
  requests(): Promise<readonly RequestRow[]>;
  /** Batches in the order of arrival at the file; within one request, chunks are in order of `seq`. */
  chunks(): AsyncIterable<ChunkColumns>;
  /** Late tokens by the run's own deadlines, in batches, in order of request and `seq`. */
  deadlineMisses(): AsyncIterable<readonly DeadlineMiss[]>;
  /** Those of the trace's latest diagnosis in order of their start; none where it was never diagnosed. */
  episodes(): Promise<readonly EpisodeRow[]>;
  events(filter?: { readonly source?: string; readonly kind?: string }): Promise<readonly TraceEvent[]>;
  losses(): Promise<readonly Loss[]>;
  /** With their latest description, in order of `agentIndex`; none for a trace of schema version 1. */
  agents(): Promise<readonly AgentRow[]>;
  /** Samples of agents by series, in order of agent, GPU, metric and sub_id; those that no clock fit covers are left out. */
  sampleSeries(filter: SampleFilter): Promise<readonly SampleSeries[]>;
  /** In order of agent and time. */
  clockOffsets(): Promise<readonly ClockOffset[]>;
  hostSamples(filter: {
    readonly agentId?: string;
    readonly metric?: string;
  }): Promise<readonly HostSample[]>;
  /** In order of time. */
  serverSamples(filter: {
    readonly endpoint?: string;
    readonly metric?: string;
  }): Promise<readonly ServerSample[]>;
  close(): Promise<void>;
}
