import type {
  ChunkColumns,
  ChunkTokenCounts,
  DeadlineMiss,
  HostSample,
  Loss,
  RequestEnd,
  RequestStart,
  RunEnd,
  TraceEvent,
  TraceWriter,
} from '@fluidscope/trace-schema';

export interface ChunkRow {
  readonly requestIndex: number;
  readonly seq: number;
  readonly arrivalNs: number;
  readonly tokenCount: number;
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

  appendGpuSamples(): void {}

  appendServerSamples(): void {}

  appendEvents(rows: readonly TraceEvent[]): void {
    this.events.push(...rows);
  }

  appendLosses(rows: readonly Loss[]): void {
    this.losses.push(...rows);
  }

  appendClockOffsets(): void {}

  async close(end: RunEnd | undefined): Promise<void> {
    this.closedCount += 1;
    this.end = end;
    if (this.#breakdown !== undefined) throw this.#breakdown;
  }
}
