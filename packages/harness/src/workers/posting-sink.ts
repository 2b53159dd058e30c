import type { ChunkColumns } from '@fluidscope/trace-schema';
import type { RecordSink } from '../record-batcher.js';
import type { RecordBatch } from './worker-messages.js';

export type PostBatch = (batch: RecordBatch, transfer: readonly ArrayBuffer[]) => void;

/** A worker's way to the trace: every batch is posted to the thread that writes it; chunk columns move, nothing is copied twice. */
export function createPostingSink(post: PostBatch): RecordSink {
  return {
    appendRequestStarts: (rows) => post({ table: 'request_starts', rows }, []),
    appendRequestEnds: (rows) => post({ table: 'request_ends', rows }, []),
    appendChunks: (columns) => {
      const copy = copyColumns(columns);
      post({ table: 'chunks', columns: copy.columns }, copy.buffers);
    },
    appendChunkTokenCounts: (counts) => post({ table: 'chunk_token_counts', counts }, []),
    appendDeadlineMisses: (rows) => post({ table: 'deadline_misses', rows }, []),
    appendHostSamples: (rows) => post({ table: 'host_samples', rows }, []),
    appendEvents: (rows) => post({ table: 'events', rows }, []),
  };
}

/** Writes a posted batch where it was bound for. */
export function appendBatch(sink: RecordSink, batch: RecordBatch): void {
  switch (batch.table) {
    case 'request_starts':
      return sink.appendRequestStarts(batch.rows);
    case 'request_ends':
      return sink.appendRequestEnds(batch.rows);
    case 'chunks':
      return sink.appendChunks(batch.columns);
    case 'chunk_token_counts':
      return sink.appendChunkTokenCounts(batch.counts);
    case 'deadline_misses':
      return sink.appendDeadlineMisses(batch.rows);
    case 'host_samples':
      return sink.appendHostSamples(batch.rows);
    case 'events':
      return sink.appendEvents(batch.rows);
  }
}

function copyColumns({ length, ...columns }: ChunkColumns): {
  readonly columns: ChunkColumns;
  readonly buffers: readonly ArrayBuffer[];
} {
  const copy = {
    requestIndex: columns.requestIndex.slice(0, length),
    seq: columns.seq.slice(0, length),
    arrivalNs: columns.arrivalNs.slice(0, length),
    tokenCount: columns.tokenCount.slice(0, length),
    stampSource: columns.stampSource.slice(0, length),
    errorNs: columns.errorNs.slice(0, length),
  };
  return { columns: { length, ...copy }, buffers: Object.values(copy).map(({ buffer }) => buffer) };
}
