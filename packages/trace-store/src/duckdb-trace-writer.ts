import type { FluidscopeError } from '@fluidscope/errors';
import type {
  ChunkColumns,
  ChunkTokenCounts,
  ClockOffset,
  DeadlineMiss,
  GpuSample,
  HostSample,
  Loss,
  RequestEnd,
  RequestStart,
  RunEnd,
  ServerSample,
  TraceEvent,
  TraceWriter,
} from '@fluidscope/trace-schema';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchWriter } from './batch-writer.js';
import { createChunkStage, createTokenCountStage } from './column-stages.js';
import { DroppedRows } from './dropped-rows.js';
import {
  CLOCK_OFFSETS,
  DEADLINE_MISSES,
  EVENTS,
  GPU_SAMPLES,
  HOST_SAMPLES,
  LOSSES,
  REQUEST_ENDS,
  REQUEST_STARTS,
  RUN_END,
  SERVER_SAMPLES,
} from './recorded-tables.js';
import { RowStage } from './row-stage.js';
import type { Stage } from './staged-rows.js';
import { traceError } from './trace-errors.js';

export interface FlushOptions {
  readonly flushIntervalMs?: number;
  readonly maxStagedRows?: number;
}

/**
 * 1. `append*` only stages. One loop (`flushLoop`) takes what is staged and writes it; a flush never overlaps another.
 * 2. Each flush takes all stages at one turn of the event loop, and a start is written before its chunks, these before
 *    their end: whatever a crash leaves is a state in which the run once was.
 * 3. The first failure stops the loop for good and empties the stages: memory does not grow behind a full disk.
 * 4. `close` ends the loop, then writes the rest itself.
 */
export class DuckDbTraceWriter implements TraceWriter {
  readonly failed: Promise<never>;
  private readonly path: string;
  private readonly writer: BatchWriter;
  private readonly maxStagedRows: number;
  private readonly stages = createStages();
  private readonly dropped = new DroppedRows();
  private readonly closing = new AbortController();
  private readonly loop: Promise<void>;
  private rejectFailed: (error: FluidscopeError) => void = () => {};
  private failure: FluidscopeError | undefined;
  private closed: Promise<void> | undefined;
  private latestNs = 0;

  constructor(path: string, writer: BatchWriter, options: FlushOptions) {
    this.path = path;
    this.writer = writer;
    this.maxStagedRows = options.maxStagedRows ?? 2_097_152;
    this.failed = new Promise((_, reject) => (this.rejectFailed = reject));
    this.failed.catch(() => {});
    this.loop = this.flushLoop(options.flushIntervalMs ?? 250);
  }

  appendRequestStarts(rows: readonly RequestStart[]): void {
    this.stage(this.stages.requestStarts, rows);
  }

  appendRequestEnds(rows: readonly RequestEnd[]): void {
    this.stage(this.stages.requestEnds, rows);
  }

  appendChunks(columns: ChunkColumns): void {
    const arrivalsNs = columns.arrivalNs.subarray(0, columns.length);
    this.latestNs = arrivalsNs.at(-1) ?? this.latestNs;
    if (this.hasRoom(this.stages.chunks, columns.length)) this.stages.chunks.append(columns);
    else this.drop(this.stages.chunks, arrivalsNs);
  }

  appendChunkTokenCounts(counts: ChunkTokenCounts): void {
    const stage = this.stages.chunkTokenCounts;
    if (this.hasRoom(stage, counts.seq.length)) stage.append(counts);
    else
      this.drop(
        stage,
        Array.from(counts.seq, () => this.latestNs),
      );
  }

  appendDeadlineMisses(rows: readonly DeadlineMiss[]): void {
    this.stageOrDrop(this.stages.deadlineMisses, rows, ({ arrivalNs }) => arrivalNs);
  }

  appendHostSamples(rows: readonly HostSample[]): void {
    this.stageOrDrop(this.stages.hostSamples, rows, ({ timeNs }) => timeNs);
  }

  appendGpuSamples(rows: readonly GpuSample[]): void {
    this.stageOrDrop(this.stages.gpuSamples, rows, ({ timeNs }) => timeNs);
  }

  appendServerSamples(rows: readonly ServerSample[]): void {
    this.stageOrDrop(this.stages.serverSamples, rows, ({ timeNs }) => timeNs);
  }

  appendEvents(rows: readonly TraceEvent[]): void {
    this.stage(this.stages.events, rows);
  }

  appendLosses(rows: readonly Loss[]): void {
    this.stage(this.stages.losses, rows);
  }

  appendClockOffsets(rows: readonly ClockOffset[]): void {
    this.stage(this.stages.clockOffsets, rows);
  }

  close(end: RunEnd | undefined): Promise<void> {
    this.closed ??= this.finish(end);
    return this.closed;
  }

  private stage<Row>(stage: RowStage<Row>, rows: readonly Row[]): void {
    this.refuseAfterClose();
    if (this.failure === undefined) stage.append(rows);
  }

  private stageOrDrop<Row>(stage: RowStage<Row>, rows: readonly Row[], timeNs: (row: Row) => number): void {
    if (this.hasRoom(stage, rows.length)) stage.append(rows);
    else this.drop(stage, rows.map(timeNs));
  }

  private hasRoom(stage: Stage, rowCount: number): boolean {
    this.refuseAfterClose();
    return this.failure === undefined && stage.length + rowCount <= this.maxStagedRows;
  }

  private drop(stage: Stage, timesNs: Iterable<number>): void {
    if (this.failure === undefined) this.dropped.add(stage.tableName, timesNs);
  }

  private refuseAfterClose(): void {
    if (this.closed !== undefined)
      throw new Error(`The trace ${this.path} is closed: nothing can be appended`);
  }

  private async flushLoop(intervalMs: number): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted && this.failure === undefined) {
      await delay(intervalMs, undefined, { ref: false, signal }).catch(() => {});
      if (!signal.aborted) await this.flush();
    }
  }

  private async flush(): Promise<void> {
    try {
      this.stages.losses.append(this.dropped.take());
      await this.writer.write(Object.values(this.stages));
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  private fail(thrown: unknown): void {
    this.failure ??= traceError(thrown, this.path, {
      code: 'trace.write-failed',
      message: `Cannot write the trace ${this.path}`,
      hint: 'What reached the disk before stays readable.',
    });
    for (const stage of Object.values(this.stages)) stage.take();
    this.rejectFailed(this.failure);
  }

  private async finish(end: RunEnd | undefined): Promise<void> {
    this.closing.abort();
    await this.loop;
    if (this.failure === undefined) await this.flush();
    if (this.failure === undefined) await this.writeEnd(end).catch((thrown: unknown) => this.fail(thrown));
    this.writer.close();
    if (this.failure !== undefined) throw this.failure;
  }

  private async writeEnd(end: RunEnd | undefined): Promise<void> {
    const runEnd = new RowStage(RUN_END);
    if (end !== undefined) runEnd.append([end]);
    await this.writer.write([runEnd]);
    await this.writer.checkpoint();
  }
}

/** In the order in which they are written: see rule 2. */
function createStages() {
  return {
    requestStarts: new RowStage(REQUEST_STARTS),
    chunks: createChunkStage(),
    chunkTokenCounts: createTokenCountStage(),
    deadlineMisses: new RowStage(DEADLINE_MISSES),
    hostSamples: new RowStage(HOST_SAMPLES),
    gpuSamples: new RowStage(GPU_SAMPLES),
    serverSamples: new RowStage(SERVER_SAMPLES),
    events: new RowStage(EVENTS),
    losses: new RowStage(LOSSES),
    clockOffsets: new RowStage(CLOCK_OFFSETS),
    requestEnds: new RowStage(REQUEST_ENDS),
  };
}
