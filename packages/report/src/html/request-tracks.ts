import { deadlineMisses, type Deadlines } from '@fluidscope/metrics';
import type { RequestRow, TraceReader } from '@fluidscope/trace-schema';
import type { ChunkTimes } from './thin-marks.js';

/** A request with its chunks that carried tokens, and the deadlines that passed before each. */
export interface RequestTrack {
  readonly row: RequestRow;
  readonly chunks: ChunkTimes;
}

/** All requests, warm-up and failures too, in order of their intended send. Deadlines are counted for those that enter the metrics. */
export async function readTracks(
  reader: TraceReader,
  deadlines: Deadlines,
): Promise<readonly RequestTrack[]> {
  const growing = new Map<number, GrowingChunks>();
  for await (const columns of reader.chunks()) {
    for (let row = 0; row < columns.length; row += 1) {
      const tokens = columns.tokenCount[row] ?? 0;
      const requestIndex = columns.requestIndex[row];
      if (tokens === 0 || requestIndex === undefined) continue;
      let chunks = growing.get(requestIndex);
      if (chunks === undefined) growing.set(requestIndex, (chunks = { arrivalsNs: [], tokenCounts: [] }));
      chunks.arrivalsNs.push(columns.arrivalNs[row] ?? NaN);
      chunks.tokenCounts.push(tokens);
    }
  }
  return (await reader.requests())
    .map((row) => ({ row, chunks: chunksOf(row, growing.get(row.requestIndex) ?? NO_CHUNKS, deadlines) }))
    .sort((a, b) => a.row.intendedNs - b.row.intendedNs);
}

/** Whether it enters the metrics. */
export function isScored({ phase, status }: RequestRow): boolean {
  return phase === 'measured' && status === 'ok';
}

interface GrowingChunks {
  readonly arrivalsNs: number[];
  readonly tokenCounts: number[];
}

const NO_CHUNKS: GrowingChunks = { arrivalsNs: [], tokenCounts: [] };

function chunksOf(row: RequestRow, chunks: GrowingChunks, deadlines: Deadlines): ChunkTimes {
  const arrivalsNs = Float64Array.from(chunks.arrivalsNs);
  const tokenCounts = Uint32Array.from(chunks.tokenCounts);
  const missedCounts = new Uint32Array(arrivalsNs.length);
  if (isScored(row)) {
    const { intendedNs: startNs, ttftDeadlineNs } = row;
    const timings = { startNs, arrivalsNs, tokenCounts, ttftDeadlineNs };
    for (const { chunkIndex, missedCount } of deadlineMisses(timings, deadlines))
      missedCounts[chunkIndex] = missedCount;
  }
  return { arrivalsNs, tokenCounts, missedCounts };
}
