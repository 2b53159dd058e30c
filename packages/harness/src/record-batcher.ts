import type { StreamChunk } from '@fluidscope/llm-client';
import {
  STAMP_SOURCES,
  type ChunkColumns,
  type ChunkTokenCounts,
  type DeadlineMiss,
  type HostSample,
  type RequestEnd,
  type RequestStart,
  type StampSource,
  type TraceEvent,
  type TraceWriter,
} from '@fluidscope/trace-schema';

/** Where records go: a trace's writer, or a thread's way to it. Copies what it needs before it returns. */
export type RecordSink = Pick<
  TraceWriter,
  | 'appendRequestStarts'
  | 'appendRequestEnds'
  | 'appendChunks'
  | 'appendChunkTokenCounts'
  | 'appendDeadlineMisses'
  | 'appendHostSamples'
  | 'appendEvents'
>;

const CHUNK_CAPACITY_COUNT = 8_192;

const STAMP_SOURCE_CODES = Object.fromEntries(STAMP_SOURCES.map((source, code) => [source, code])) as Record<
  StampSource,
  number
>;

/**
 * Collects records between flushes, so that the trace gets columns a few times a second and not a call a token.
 *
 * A flush keeps the order in which a reader may rely on them: a request's start, its chunks, corrections of their token
 * counts, its end.
 */
export class RecordBatcher {
  readonly #sink: RecordSink;
  readonly #onFailed: (thrown: unknown) => void;
  readonly #chunks = new ChunkBatch();
  readonly #starts: RequestStart[] = [];
  readonly #tokenCounts: ChunkTokenCounts[] = [];
  readonly #misses: DeadlineMiss[] = [];
  readonly #ends: RequestEnd[] = [];
  readonly #hostSamples: HostSample[] = [];
  readonly #events: TraceEvent[] = [];

  /** `onFailed`: the sink threw; what it was given is lost, and so will be what follows. */
  constructor(sink: RecordSink, onFailed: (thrown: unknown) => void) {
    this.#sink = sink;
    this.#onFailed = onFailed;
  }

  addStart(row: RequestStart): void {
    this.#starts.push(row);
  }

  addChunk(requestIndex: number, seq: number, chunk: StreamChunk, tokensCount: number): void {
    if (this.#chunks.isFull) this.flush();
    this.#chunks.push(requestIndex, seq, chunk, tokensCount);
  }

  /** Takes the arrays over. */
  addTokenCounts(counts: ChunkTokenCounts): void {
    this.#tokenCounts.push(counts);
  }

  addMisses(rows: readonly DeadlineMiss[]): void {
    for (const row of rows) this.#misses.push(row);
  }

  addEnd(row: RequestEnd): void {
    this.#ends.push(row);
  }

  addHostSample(row: HostSample): void {
    this.#hostSamples.push(row);
  }

  addEvent(row: TraceEvent): void {
    this.#events.push(row);
  }

  /** Never throws: it also runs inside a stream's callbacks and a timer's. */
  flush(): void {
    try {
      this.#flush();
    } catch (thrown) {
      this.#chunks.clear();
      this.#onFailed(thrown);
    }
  }

  #flush(): void {
    if (this.#starts.length > 0) this.#sink.appendRequestStarts(take(this.#starts));
    if (this.#chunks.length > 0) this.#sink.appendChunks(this.#chunks);
    this.#chunks.clear();
    for (const counts of take(this.#tokenCounts)) this.#sink.appendChunkTokenCounts(counts);
    if (this.#misses.length > 0) this.#sink.appendDeadlineMisses(take(this.#misses));
    if (this.#ends.length > 0) this.#sink.appendRequestEnds(take(this.#ends));
    if (this.#hostSamples.length > 0) this.#sink.appendHostSamples(take(this.#hostSamples));
    if (this.#events.length > 0) this.#sink.appendEvents(take(this.#events));
  }
}

function take<Row>(rows: Row[]): Row[] {
  return rows.splice(0);
}

/** Chunk columns of a fixed size, filled again after each flush. */
class ChunkBatch implements ChunkColumns {
  length = 0;
  readonly requestIndex = new Uint32Array(CHUNK_CAPACITY_COUNT);
  readonly seq = new Uint32Array(CHUNK_CAPACITY_COUNT);
  readonly arrivalNs = new Float64Array(CHUNK_CAPACITY_COUNT);
  readonly tokenCount = new Uint32Array(CHUNK_CAPACITY_COUNT);
  readonly stampSource = new Uint8Array(CHUNK_CAPACITY_COUNT);
  readonly errorNs = new Float64Array(CHUNK_CAPACITY_COUNT);

  get isFull(): boolean {
    return this.length === CHUNK_CAPACITY_COUNT;
  }

  push(requestIndex: number, seq: number, chunk: StreamChunk, tokensCount: number): void {
    const row = this.length++;
    this.requestIndex[row] = requestIndex;
    this.seq[row] = seq;
    this.arrivalNs[row] = chunk.arrivalNs;
    this.tokenCount[row] = tokensCount;
    this.stampSource[row] = STAMP_SOURCE_CODES[chunk.stampSource];
    this.errorNs[row] = chunk.errorNs;
  }

  clear(): void {
    this.length = 0;
  }
}
