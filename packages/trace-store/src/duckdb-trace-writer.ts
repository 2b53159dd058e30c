import { FluidscopeError } from '@fluidscope/errors';
import type {
  AgentEventRow,
  AgentRow,
  AgentSampleColumns,
  AgentSeries,
  ChunkColumns,
  ChunkTokenCounts,
  ClockPiece,
  ClockProbeRow,
  DeadlineMiss,
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
import { AGENT_EVENTS, AGENT_SERIES, AGENTS, CLOCK_PIECES, CLOCK_PROBES } from './agent-tables.js';
import type { BatchWriter } from './batch-writer.js';
import { AgentSampleBuffer, ChunkBuffer, TokenCountBuffer } from './column-buffer.js';
import { ColumnStage } from './column-stage.js';
import { AGENT_SAMPLES, CHUNK_TOKEN_COUNTS, CHUNKS } from './column-tables.js';
import { DroppedRows } from './dropped-rows.js';
import {
  DEADLINE_MISSES,
  EVENTS,
  HOST_SAMPLES,
  LOSSES,
  REQUEST_ENDS,
  REQUEST_STARTS,
  RUN_END,
  SERVER_SAMPLES,
} from './recorded-tables.js';
import { RowStage } from './row-stage.js';
import type { Stage } from './staged-rows.js';
import { writeError } from './storage-errors.js';

export interface FlushOptions {
  readonly flushIntervalMs?: number;
  readonly maxStagedRows?: number;
}

/**
 * 1. `append*` only stages. One loop takes what is staged and writes it; two flushes never overlap.
 * 2. A flush takes all stages in one turn of the event loop, and writes starts before chunks before ends: whatever a
 *    crash leaves is a state in which the run once was.
 * 3. The first failure ends the loop for good. From then on rows are counted and not kept: memory does not grow behind a
 *    full disk, and `close` says how many rows are lost.
 * 4. `close` ends the loop before it writes the rest.
 */
export class DuckDbTraceWriter implements TraceWriter {
  readonly failed: Promise<never>;
  readonly #path: string;
  readonly #writer: BatchWriter;
  readonly #maxStagedRows: number;
  readonly #stages = createStages();
  readonly #dropped = new DroppedRows();
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;
  #rejectFailed: (error: FluidscopeError) => void = () => {};
  #failure: FluidscopeError | undefined;
  #closed: Promise<void> | undefined;
  /** Rows handed over, but for those in `dropped`; what the disk has of them, `writer.committedRows` says. */
  #appendedRows: number;
  #latestNs = 0;

  constructor(path: string, writer: BatchWriter, options: FlushOptions) {
    this.#path = path;
    this.#writer = writer;
    this.#appendedRows = writer.committedRows;
    this.#maxStagedRows = options.maxStagedRows ?? 2_097_152;
    this.failed = new Promise((_, reject) => (this.#rejectFailed = reject));
    this.failed.catch(() => {});
    this.#loop = this.#flushUntilClosed(options.flushIntervalMs ?? 250);
  }

  appendRequestStarts(rows: readonly RequestStart[]): void {
    this.#keep(this.#stages.requestStarts, rows);
  }

  appendRequestEnds(rows: readonly RequestEnd[]): void {
    this.#keep(this.#stages.requestEnds, rows);
  }

  appendChunks(columns: ChunkColumns): void {
    const arrivalsNs = columns.arrivalNs.subarray(0, columns.length);
    this.#latestNs = arrivalsNs.at(-1) ?? this.#latestNs;
    this.#keepOrDrop(this.#stages.chunks, columns, { rowCount: columns.length, timesNs: () => arrivalsNs });
  }

  appendChunkTokenCounts(counts: ChunkTokenCounts): void {
    const rowCount = counts.seq.length;
    const timesNs = () => new Float64Array(rowCount).fill(this.#latestNs);
    this.#keepOrDrop(this.#stages.chunkTokenCounts, counts, { rowCount, timesNs });
  }

  appendDeadlineMisses(rows: readonly DeadlineMiss[]): void {
    const timesNs = () => rows.map(({ arrivalNs }) => arrivalNs);
    this.#keepOrDrop(this.#stages.deadlineMisses, rows, { rowCount: rows.length, timesNs });
  }

  appendHostSamples(rows: readonly HostSample[]): void {
    this.#keepOrDrop(this.#stages.hostSamples, rows, {
      rowCount: rows.length,
      timesNs: () => rows.map(timeOf),
    });
  }

  appendAgents(rows: readonly AgentRow[]): void {
    this.#keep(this.#stages.agents, rows);
  }

  appendAgentSeries(rows: readonly AgentSeries[]): void {
    this.#keep(this.#stages.agentSeries, rows);
  }

  appendAgentSamples(columns: AgentSampleColumns): void {
    const rowCount = columns.length;
    const timesNs = () => new Float64Array(rowCount).fill(columns.receivedNs);
    this.#keepOrDrop(this.#stages.agentSamples, columns, { rowCount, timesNs });
  }

  appendAgentEvents(rows: readonly AgentEventRow[]): void {
    this.#keep(this.#stages.agentEvents, rows);
  }

  appendServerSamples(rows: readonly ServerSample[]): void {
    this.#keepOrDrop(this.#stages.serverSamples, rows, {
      rowCount: rows.length,
      timesNs: () => rows.map(timeOf),
    });
  }

  appendEvents(rows: readonly TraceEvent[]): void {
    this.#keep(this.#stages.events, rows);
  }

  appendLosses(rows: readonly Loss[]): void {
    this.#keep(this.#stages.losses, rows);
  }

  appendClockProbes(rows: readonly ClockProbeRow[]): void {
    this.#keep(this.#stages.clockProbes, rows);
  }

  appendClockPieces(rows: readonly ClockPiece[]): void {
    this.#keep(this.#stages.clockPieces, rows);
  }

  close(end: RunEnd | undefined): Promise<void> {
    this.#closed ??= this.#finish(end);
    return this.#closed;
  }

  /** For what is rare and never given up. */
  #keep<Row>(stage: RowStage<Row>, rows: readonly Row[]): void {
    this.#refuseAfterClose();
    if (this.#failure === undefined) stage.append(rows);
    this.#appendedRows += rows.length;
  }

  /** For what comes in masses: beyond `maxStagedRows` it becomes a loss. */
  #keepOrDrop<Rows>(stage: AppendableStage<Rows>, rows: Rows, { rowCount, timesNs }: RowTimes): void {
    this.#refuseAfterClose();
    if (this.#failure === undefined && stage.length + rowCount > this.#maxStagedRows) {
      this.#dropped.add(stage.tableName, timesNs());
      return;
    }
    if (this.#failure === undefined) stage.append(rows);
    this.#appendedRows += rowCount;
  }

  #refuseAfterClose(): void {
    if (this.#closed === undefined) return;
    throw new Error(`The trace ${this.#path} is closed: nothing can be appended`);
  }

  async #flushUntilClosed(intervalMs: number): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && this.#failure === undefined) {
      await delay(intervalMs, undefined, { ref: false, signal }).catch(() => {});
      await this.#unlessFailed(() => this.#flush());
    }
  }

  async #flush(): Promise<void> {
    const losses = this.#dropped.take();
    this.#stages.losses.append(losses);
    this.#appendedRows += losses.length;
    await this.#writer.write(Object.values(this.#stages));
  }

  async #finish(end: RunEnd | undefined): Promise<void> {
    this.#closing.abort();
    await this.#loop;
    await this.#unlessFailed(() => this.#flush());
    await this.#unlessFailed(() => this.#writeEnd(end));
    await this.#unlessFailed(() => this.#writer.checkpoint());
    this.#release();
    if (this.#failure !== undefined) throw this.#withLoss(this.#failure);
  }

  /** Whatever state a failure has left the database in, its first reason is the one to tell. */
  #release(): void {
    try {
      this.#writer.close();
    } catch (thrown) {
      this.#failure ??= writeError(thrown, this.#path);
    }
  }

  async #writeEnd(end: RunEnd | undefined): Promise<void> {
    const runEnd = new RowStage(RUN_END);
    if (end !== undefined) runEnd.append([end]);
    this.#appendedRows += runEnd.length;
    await this.#writer.write([runEnd]);
  }

  async #unlessFailed(step: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await step();
    } catch (thrown) {
      this.#failure = writeError(thrown, this.#path);
      for (const stage of Object.values(this.#stages)) stage.take();
      this.#rejectFailed(this.#withLoss(this.#failure));
    }
  }

  /** What is lost by now: `failed` says it at the failure, `close` at the end. */
  #withLoss({ message, code, hint, cause }: FluidscopeError): FluidscopeError {
    const { committedRows } = this.#writer;
    const lostRows = this.#appendedRows - committedRows;
    const rest = lostRows === 0 ? 'no row is lost' : `the ${lostRows} rows that came later are lost`;
    const withRows = `${message}; ${committedRows} rows are in it and its .wal, ${rest}`;
    return new FluidscopeError(withRows, { code, cause, ...(hint === undefined ? {} : { hint }) });
  }
}

interface RowTimes {
  readonly rowCount: number;
  /** A time for every row, asked for only when they are dropped. */
  readonly timesNs: () => Iterable<number>;
}

type AppendableStage<Rows> = Stage & { append(rows: Rows): void };

function timeOf({ timeNs }: { readonly timeNs: number }): number {
  return timeNs;
}

/** In the order in which they are written: see rule 2. */
function createStages() {
  return {
    requestStarts: new RowStage(REQUEST_STARTS),
    chunks: new ColumnStage(CHUNKS, ChunkBuffer),
    chunkTokenCounts: new ColumnStage(CHUNK_TOKEN_COUNTS, TokenCountBuffer),
    deadlineMisses: new RowStage(DEADLINE_MISSES),
    hostSamples: new RowStage(HOST_SAMPLES),
    agents: new RowStage(AGENTS),
    agentSeries: new RowStage(AGENT_SERIES),
    agentSamples: new ColumnStage(AGENT_SAMPLES, AgentSampleBuffer),
    agentEvents: new RowStage(AGENT_EVENTS),
    serverSamples: new RowStage(SERVER_SAMPLES),
    events: new RowStage(EVENTS),
    losses: new RowStage(LOSSES),
    clockProbes: new RowStage(CLOCK_PROBES),
    clockPieces: new RowStage(CLOCK_PIECES),
    requestEnds: new RowStage(REQUEST_ENDS),
  };
}
