import type { TraceWriter } from '@fluidscope/trace-schema';
import type { RunMetrics } from './run-metrics.js';

/** The same writer, with the metrics told of requests and losses on their way to it. Chunks and samples pass untouched. */
export function observedWriter(writer: TraceWriter, metrics: RunMetrics): TraceWriter {
  return {
    appendRequestStarts: (rows) => {
      writer.appendRequestStarts(rows);
      metrics.addStarts(rows);
    },
    appendRequestEnds: (rows) => {
      writer.appendRequestEnds(rows);
      metrics.addEnds(rows);
    },
    appendLosses: (rows) => {
      writer.appendLosses(rows);
      metrics.addLosses(rows);
    },
    appendChunks: (columns) => writer.appendChunks(columns),
    appendChunkTokenCounts: (counts) => writer.appendChunkTokenCounts(counts),
    appendDeadlineMisses: (rows) => writer.appendDeadlineMisses(rows),
    appendHostSamples: (rows) => writer.appendHostSamples(rows),
    appendServerSamples: (rows) => writer.appendServerSamples(rows),
    appendEvents: (rows) => writer.appendEvents(rows),
    appendAgents: (rows) => writer.appendAgents(rows),
    appendAgentSeries: (rows) => writer.appendAgentSeries(rows),
    appendAgentSamples: (columns) => writer.appendAgentSamples(columns),
    appendAgentEvents: (rows) => writer.appendAgentEvents(rows),
    appendClockProbes: (rows) => writer.appendClockProbes(rows),
    appendClockPieces: (rows) => writer.appendClockPieces(rows),
    failed: writer.failed,
    close: (end) => writer.close(end),
  };
}
