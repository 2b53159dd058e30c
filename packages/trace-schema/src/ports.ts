import type {
  ChunkColumns,
  ChunkTokenCounts,
  ClockOffset,
  DeadlineMiss,
  GpuSample,
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
  appendGpuSamples(rows: readonly GpuSample[]): void;
  appendServerSamples(rows: readonly ServerSample[]): void;
  appendEvents(rows: readonly TraceEvent[]): void;
  appendLosses(rows: readonly Loss[]): void;
  appendClockOffsets(rows: readonly ClockOffset[]): void;
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
  events(filter?: { readonly source?: string; readonly kind?: string }): Promise<readonly TraceEvent[]>;
  losses(): Promise<readonly Loss[]>;
  hostSamples(filter: {
    readonly agentId?: string;
    readonly metric?: string;
  }): Promise<readonly HostSample[]>;
  close(): Promise<void>;
}
