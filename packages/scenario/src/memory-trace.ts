import {
  NO_OUTCOME,
  requestIdOf,
  type AgentEventRow,
  type AgentRow,
  type AgentSampleColumns,
  type AgentSeries,
  type ChunkColumns,
  type ChunkTokenCounts,
  type ClockOffset,
  type ClockPiece,
  type ClockProbeRow,
  type DeadlineMiss,
  type EpisodeRow,
  type HostSample,
  type Loss,
  type RequestEnd,
  type RequestRow,
  type RequestStart,
  type RunEnd,
  type RunRow,
  type RunStart,
  type SampleFilter,
  type SampleSeries,
  type ServerSample,
  type TraceEvent,
  type TraceReader,
  type TraceWriter,
} from '@fluidscope/trace-schema';
import { durationNs, runNs } from '@fluidscope/units';
import { alignedSeries, pieceAt, type AgentSamples } from './align-samples.js';

/** A trace that stays in memory: both ports over the same rows, for runs by the hundred. */
export interface MemoryTrace {
  readonly writer: TraceWriter;
  readonly reader: TraceReader;
  readonly deadlineMisses: readonly DeadlineMiss[];
}

/** An empty trace of a run. What the reader gives is what was written up to then. */
export function createMemoryTrace(start: RunStart): MemoryTrace {
  const rows = new MemoryRows(start);
  return {
    writer: new MemoryTraceWriter(rows),
    reader: new MemoryTraceReader(rows),
    deadlineMisses: rows.misses,
  };
}

class MemoryRows {
  end: RunEnd | undefined;
  readonly starts: RequestStart[] = [];
  readonly ends = new Map<number, RequestEnd>();
  readonly chunks: ChunkColumns[] = [];
  readonly misses: DeadlineMiss[] = [];
  readonly hostSamples: HostSample[] = [];
  readonly serverSamples: ServerSample[] = [];
  readonly events: TraceEvent[] = [];
  readonly losses: Loss[] = [];
  readonly agents = new Map<number, AgentRow>();
  readonly series: AgentSeries[] = [];
  readonly samples: AgentSampleColumns[] = [];
  readonly agentEvents: AgentEventRow[] = [];
  readonly probes: ClockProbeRow[] = [];
  pieces: readonly ClockPiece[] = [];

  constructor(readonly start: RunStart) {}
}

class MemoryTraceWriter implements TraceWriter {
  readonly failed = new Promise<never>(() => undefined);

  constructor(private readonly rows: MemoryRows) {}

  appendRequestStarts(rows: readonly RequestStart[]): void {
    this.rows.starts.push(...rows);
  }

  appendRequestEnds(rows: readonly RequestEnd[]): void {
    for (const row of rows) this.rows.ends.set(row.requestIndex, row);
  }

  appendChunks({ length, ...columns }: ChunkColumns): void {
    this.rows.chunks.push({
      length,
      requestIndex: columns.requestIndex.slice(0, length),
      seq: columns.seq.slice(0, length),
      arrivalNs: columns.arrivalNs.slice(0, length),
      tokenCount: columns.tokenCount.slice(0, length),
      stampSource: columns.stampSource.slice(0, length),
      errorNs: columns.errorNs.slice(0, length),
    });
  }

  appendChunkTokenCounts({ requestIndex, seq, tokenCount }: ChunkTokenCounts): void {
    const bySeq = new Map([...seq].map((each, index) => [each, tokenCount[index] ?? 0]));
    for (const chunks of this.rows.chunks) {
      for (let row = 0; row < chunks.length; row++) {
        if (chunks.requestIndex[row] !== requestIndex) continue;
        chunks.tokenCount[row] = bySeq.get(chunks.seq[row] ?? -1) ?? chunks.tokenCount[row] ?? 0;
      }
    }
  }

  appendDeadlineMisses(rows: readonly DeadlineMiss[]): void {
    this.rows.misses.push(...rows);
  }

  appendHostSamples(rows: readonly HostSample[]): void {
    this.rows.hostSamples.push(...rows);
  }

  appendServerSamples(rows: readonly ServerSample[]): void {
    this.rows.serverSamples.push(...rows);
  }

  appendEvents(rows: readonly TraceEvent[]): void {
    this.rows.events.push(...rows);
  }

  appendLosses(rows: readonly Loss[]): void {
    this.rows.losses.push(...rows);
  }

  appendAgents(rows: readonly AgentRow[]): void {
    for (const row of rows) this.rows.agents.set(row.agentIndex, row);
  }

  appendAgentSeries(rows: readonly AgentSeries[]): void {
    this.rows.series.push(...rows);
  }

  appendAgentSamples({ length, receivedNs, ...columns }: AgentSampleColumns): void {
    this.rows.samples.push({
      length,
      receivedNs,
      seriesIndex: columns.seriesIndex.slice(0, length),
      agentNs: columns.agentNs.slice(0, length),
      callNs: columns.callNs.slice(0, length),
      value: columns.value.slice(0, length),
      flags: columns.flags.slice(0, length),
      sensorNs: columns.sensorNs.slice(0, length),
    });
  }

  appendAgentEvents(rows: readonly AgentEventRow[]): void {
    this.rows.agentEvents.push(...rows);
  }

  appendClockProbes(rows: readonly ClockProbeRow[]): void {
    this.rows.probes.push(...rows);
  }

  appendClockPieces(rows: readonly ClockPiece[]): void {
    const agents = new Set(rows.map(({ agentIndex }) => agentIndex));
    this.rows.pieces = [...this.rows.pieces.filter(({ agentIndex }) => !agents.has(agentIndex)), ...rows];
  }

  close(end: RunEnd | undefined): Promise<void> {
    this.rows.end = end;
    return Promise.resolve();
  }
}

class MemoryTraceReader implements TraceReader {
  private grouped: readonly AgentSamples[] | undefined;

  constructor(private readonly rows: MemoryRows) {}

  run(): Promise<RunRow> {
    return Promise.resolve({ ...this.rows.start, end: this.rows.end });
  }

  requests(): Promise<readonly RequestRow[]> {
    const inOrder = this.rows.starts.toSorted((a, b) => a.requestIndex - b.requestIndex);
    return Promise.resolve(inOrder.map((start) => requestRow(start, this.rows.ends.get(start.requestIndex))));
  }

  chunks(): AsyncIterable<ChunkColumns> {
    return inBatches(this.rows.chunks);
  }

  deadlineMisses(): AsyncIterable<readonly DeadlineMiss[]> {
    const inOrder = this.rows.misses.toSorted((a, b) => a.requestIndex - b.requestIndex || a.seq - b.seq);
    return inBatches([inOrder]);
  }

  /** A diagnosis is never written into it. */
  episodes(): Promise<readonly EpisodeRow[]> {
    return Promise.resolve([]);
  }

  events(filter: { readonly source?: string; readonly kind?: string } = {}): Promise<readonly TraceEvent[]> {
    const { source, kind } = filter;
    const aligned = this.rows.agentEvents.flatMap((row): TraceEvent[] => {
      const timeNs = pieceAt(this.piecesOf(row.agentIndex), row.agentNs)?.runNs;
      return timeNs === undefined
        ? []
        : [{ source: row.source, kind: row.kind, timeNs: runNs(timeNs), detail: row.detail }];
    });
    const found = [...this.rows.events, ...aligned].filter(
      (event) => (source ?? event.source) === event.source && (kind ?? event.kind) === event.kind,
    );
    return Promise.resolve(found.toSorted((a, b) => a.timeNs - b.timeNs));
  }

  losses(): Promise<readonly Loss[]> {
    return Promise.resolve(this.rows.losses.toSorted((a, b) => a.fromNs - b.fromNs));
  }

  agents(): Promise<readonly AgentRow[]> {
    return Promise.resolve([...this.rows.agents.values()].toSorted((a, b) => a.agentIndex - b.agentIndex));
  }

  sampleSeries(filter: SampleFilter): Promise<readonly SampleSeries[]> {
    this.grouped ??= alignedSeries(this.rows.series, this.rows.samples, (agentIndex) =>
      this.piecesOf(agentIndex),
    );
    const { scope, metrics, agentId, gpuUuid, fromNs = -Infinity, toNs = Infinity } = filter;
    const wanted = new Set(metrics);
    const found = this.grouped.flatMap((samples): SampleSeries[] => {
      const { series } = samples;
      const id = this.rows.agents.get(series.agentIndex)?.agentId ?? '';
      if (series.scope !== scope || !wanted.has(series.metric) || (agentId ?? id) !== id) return [];
      if (gpuUuid !== undefined && gpuUuid !== series.gpuUuid) return [];
      const { metric, subId } = series;
      const cut = samples.between(fromNs, toNs);
      return cut.timeNs.length === 0 ? [] : [{ agentId: id, gpuUuid: series.gpuUuid, metric, subId, ...cut }];
    });
    return Promise.resolve(found.toSorted(inSeriesOrder));
  }

  clockOffsets(): Promise<readonly ClockOffset[]> {
    const { startedMonoNs } = this.rows.start;
    const offsets = this.rows.pieces.flatMap(
      ({ agentIndex, agentNs, runNs: atNs, boundNs }): ClockOffset[] => {
        const agent = this.rows.agents.get(agentIndex);
        if (agent === undefined) return [];
        const offsetNs =
          agent.originMonoNs + BigInt(Math.round(agentNs)) - startedMonoNs - BigInt(Math.round(atNs));
        return [{ agentId: agent.agentId, timeNs: atNs, offsetNs, boundNs: durationNs(boundNs) }];
      },
    );
    return Promise.resolve(
      offsets.toSorted((a, b) =>
        a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : a.timeNs - b.timeNs,
      ),
    );
  }

  hostSamples(filter: {
    readonly agentId?: string;
    readonly metric?: string;
  }): Promise<readonly HostSample[]> {
    const { agentId, metric } = filter;
    const found = this.rows.hostSamples.filter(
      (row) => (agentId ?? row.agentId) === row.agentId && (metric ?? row.metric) === row.metric,
    );
    return Promise.resolve(found);
  }

  serverSamples(filter: {
    readonly endpoint?: string;
    readonly metric?: string;
  }): Promise<readonly ServerSample[]> {
    const { endpoint, metric } = filter;
    const found = this.rows.serverSamples.filter(
      (row) => (endpoint ?? row.endpoint) === row.endpoint && (metric ?? row.metric) === row.metric,
    );
    return Promise.resolve(found.toSorted((a, b) => a.timeNs - b.timeNs));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private piecesOf(agentIndex: number): readonly ClockPiece[] {
    return this.rows.pieces.filter((piece) => piece.agentIndex === agentIndex);
  }
}

function requestRow(start: RequestStart, end: RequestEnd | undefined): RequestRow {
  const requestId = requestIdOf(start.requestIndex);
  if (end === undefined) return { ...NO_OUTCOME, status: undefined, endedNs: undefined, ...start, requestId };
  return { ...start, ...end, requestId };
}

function inSeriesOrder(a: SampleSeries, b: SampleSeries): number {
  return (
    compare(a.agentId, b.agentId) ||
    compare(a.gpuUuid ?? '', b.gpuUuid ?? '') ||
    compare(a.metric, b.metric) ||
    a.subId - b.subId
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inBatches<Batch>(batches: Iterable<Batch>): AsyncIterable<Batch> {
  const iterator = batches[Symbol.iterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve(iterator.next()),
    }),
  };
}
