import type { LiveChunks, LiveStart } from '@fluidscope/live-view';
import type { ChunkColumns, RequestStart, TraceWriter } from '@fluidscope/trace-schema';
import type { LiveBatch } from './thread-messages.js';

export interface LiveTapOptions {
  /** Hands a batch of so many rows over; what it transfers is gone here. */
  readonly give: (batch: LiveBatch, rowsCount: number, transfer: readonly ArrayBuffer[]) => void;
  readonly onEnded: (reason: string) => void;
  /** A request's own first-token deadline; `undefined`: the run's. */
  readonly ttftDeadlineNsOf: (start: RequestStart) => number | undefined;
}

/**
 * A writer that records as `writer` does and hands copies of what a live page shows on. It stands where records are written, a few times a
 * second and after every stamp, so that a token costs the run no more than the copy of its row.
 */
export function tapWriter(
  writer: TraceWriter,
  { give, onEnded, ttftDeadlineNsOf }: LiveTapOptions,
): TraceWriter {
  return {
    appendRequestStarts: (rows) => {
      writer.appendRequestStarts(rows);
      const sent = rows.filter(({ sentNs }) => sentNs !== undefined);
      const starts = sent.map((row): LiveStart => {
        const ttftDeadlineNs = ttftDeadlineNsOf(row);
        return {
          requestIndex: row.requestIndex,
          isWarmup: row.phase === 'warmup',
          intendedNs: row.intendedNs,
          ttftDeadlineNs,
        };
      });
      give({ kind: 'starts', rows: starts }, starts.length, []);
    },
    appendChunks: (columns) => {
      writer.appendChunks(columns);
      const copy = copyColumns(columns);
      give({ kind: 'chunks', columns: copy.columns }, columns.length, copy.buffers);
    },
    appendRequestEnds: (rows) => {
      writer.appendRequestEnds(rows);
      const ends = rows.map(({ requestIndex, status, errorCode, endedNs }) => ({
        requestIndex,
        status,
        errorCode,
        endedNs,
      }));
      give({ kind: 'ends', rows: ends }, ends.length, []);
    },
    appendServerSamples: (rows) => {
      writer.appendServerSamples(rows);
      give({ kind: 'server', rows }, rows.length, []);
    },
    appendChunkTokenCounts: (counts) => writer.appendChunkTokenCounts(counts),
    appendDeadlineMisses: (rows) => writer.appendDeadlineMisses(rows),
    appendHostSamples: (rows) => writer.appendHostSamples(rows),
    appendEvents: (rows) => writer.appendEvents(rows),
    appendLosses: (rows) => writer.appendLosses(rows),
    appendAgents: (rows) => writer.appendAgents(rows),
    appendAgentSeries: (rows) => writer.appendAgentSeries(rows),
    appendAgentSamples: (columns) => writer.appendAgentSamples(columns),
    appendAgentEvents: (rows) => writer.appendAgentEvents(rows),
    appendClockProbes: (rows) => writer.appendClockProbes(rows),
    appendClockPieces: (rows) => writer.appendClockPieces(rows),
    failed: writer.failed,
    close: (end) => {
      onEnded(end?.stopReason ?? 'cut short');
      return writer.close(end);
    },
  };
}

/** The run fills its columns anew after each flush. */
function copyColumns({ length, requestIndex, arrivalNs, tokenCount }: ChunkColumns): {
  readonly columns: LiveChunks;
  readonly buffers: readonly ArrayBuffer[];
} {
  const copy = {
    requestIndex: requestIndex.slice(0, length),
    arrivalNs: arrivalNs.slice(0, length),
    tokenCount: tokenCount.slice(0, length),
  };
  return { columns: { length, ...copy }, buffers: Object.values(copy).map((column) => column.buffer) };
}
