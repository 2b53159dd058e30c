import {
  STAMP_SOURCES,
  type AgentEventRow,
  type AgentRow,
  type AgentSampleColumns,
  type AgentSeries,
  type ChunkColumns,
  type ChunkTokenCounts,
  type ClockPiece,
  type ClockProbeRow,
  type DeadlineMiss,
  type HostSample,
  type Loss,
  type RequestEnd,
  type RequestStart,
  type RunEnd,
  type StampSource,
  type TraceEvent,
  type TraceWriter,
} from '@fluidscope/trace-schema';

export interface ChunkRow {
  readonly requestIndex: number;
  readonly seq: number;
  readonly arrivalNs: number;
  readonly tokenCount: number;
  readonly stampSource: StampSource | undefined;
}

/** A trace in memory, with the ways in which a real one fails. */
export class RecordedRows implements TraceWriter {
  readonly starts: RequestStart[] = [];
  readonly ends: RequestEnd[] = [];
  readonly chunks: ChunkRow[] = [];
  readonly tokenCounts: ChunkTokenCounts[] = [];
  readonly misses: DeadlineMiss[] = [];
  readonly hostSamples: HostSample[] = [];
  readonly events: TraceEvent[] = [];
  readonly losses: Loss[] = [];
  readonly agents: AgentRow[] = [];
  readonly series: AgentSeries[] = [];
  readonly sampleBatches: AgentSampleColumns[] = [];
  readonly agentEvents: AgentEventRow[] = [];
  readonly probes: ClockProbeRow[] = [];
  readonly pieces: ClockPiece[] = [];
  end: RunEnd | undefined;
  closedCount = 0;
  readonly failed: Promise<never>;
  breakDown: (error: Error) => void = () => {};
  #breakdown: Error | undefined;

  constructor() {
    this.failed = new Promise((_resolve, reject) => {
      this.breakDown = (error) => {
        this.#breakdown = error;
        reject(error);
      };
    });
    this.failed.catch(() => {});
  }

  appendRequestStarts(rows: readonly RequestStart[]): void {
    this.starts.push(...rows);
  }

  appendRequestEnds(rows: readonly RequestEnd[]): void {
    this.ends.push(...rows);
  }

  appendChunks(columns: ChunkColumns): void {
    for (let row = 0; row < columns.length; row++) {
      this.chunks.push({
        requestIndex: columns.requestIndex[row]!,
        seq: columns.seq[row]!,
        arrivalNs: columns.arrivalNs[row]!,
        tokenCount: columns.tokenCount[row]!,
        stampSource: STAMP_SOURCES[columns.stampSource[row]!],
      });
    }
  }

  appendChunkTokenCounts(counts: ChunkTokenCounts): void {
    this.tokenCounts.push(counts);
  }

  appendDeadlineMisses(rows: readonly DeadlineMiss[]): void {
    this.misses.push(...rows);
  }

  appendHostSamples(rows: readonly HostSample[]): void {
    this.hostSamples.push(...rows);
  }

  appendAgents(rows: readonly AgentRow[]): void {
    this.agents.push(...rows);
  }

  appendAgentSeries(rows: readonly AgentSeries[]): void {
    this.series.push(...rows);
  }

  appendAgentSamples(columns: AgentSampleColumns): void {
    this.sampleBatches.push(columns);
  }

  appendAgentEvents(rows: readonly AgentEventRow[]): void {
    this.agentEvents.push(...rows);
  }

  appendClockProbes(rows: readonly ClockProbeRow[]): void {
    this.probes.push(...rows);
  }

  appendClockPieces(rows: readonly ClockPiece[]): void {
    this.pieces.push(...rows);
  }

  appendServerSamples(): void {}

  appendEvents(rows: readonly TraceEvent[]): void {
    this.events.push(...rows);
  }

  appendLosses(rows: readonly Loss[]): void {
    this.losses.push(...rows);
  }

  async close(end: RunEnd | undefined): Promise<void> {
    this.closedCount += 1;
    this.end = end;
    if (this.#breakdown !== undefined) throw this.#breakdown;
  }
}
