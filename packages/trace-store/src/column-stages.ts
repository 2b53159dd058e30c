import { BIGINT, ENUM, UINTEGER, type DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { STAMP_SOURCES, type ChunkColumns, type ChunkTokenCounts } from '@fluidscope/trace-schema';
import type { Stage, StagedRows } from './staged-rows.js';
import { EnumColumn, Int64Column, Uint32Column, VECTOR_ROWS, type VectorColumn } from './vector-column.js';

/** A table whose rows are so many that they are staged in columns. */
export interface ColumnTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[];
}

export const CHUNKS: ColumnTable = {
  name: 'chunks',
  columns: [
    { name: 'request_index', type: UINTEGER },
    { name: 'seq', type: UINTEGER },
    { name: 'arrival_ns', type: BIGINT },
    { name: 'token_count', type: UINTEGER },
    { name: 'stamp_source', type: ENUM(STAMP_SOURCES) },
    { name: 'error_ns', type: BIGINT },
  ],
};

export const CHUNK_TOKEN_COUNTS: ColumnTable = {
  name: 'chunk_token_counts',
  columns: [
    { name: 'request_index', type: UINTEGER },
    { name: 'seq', type: UINTEGER },
    { name: 'token_count', type: UINTEGER },
  ],
};

/** Growable columns and how many of their rows are in use. */
abstract class ColumnBuffer implements StagedRows {
  length = 0;
  #capacity = 0;
  protected abstract readonly columns: readonly VectorColumn[];

  /** Makes room for `count` more rows and returns the position of the first. */
  protected extend(count: number): number {
    const from = this.length;
    this.length += count;
    if (this.length > this.#capacity) {
      this.#capacity = Math.max(16_384, 2 ** Math.ceil(Math.log2(this.length)));
      for (const column of this.columns) column.grow(this.#capacity);
    }
    return from;
  }

  fill(chunk: DuckDBDataChunk, from: number, count: number): void {
    this.columns.forEach((column, index) => {
      column.copyTo(duckdb.data_chunk_get_vector(chunk.chunk, index), from, count);
    });
  }

  clear(): void {
    this.length = 0;
    for (const column of this.columns) column.clear();
  }
}

class ChunkBuffer extends ColumnBuffer {
  readonly #requestIndex = new Uint32Column();
  readonly #seq = new Uint32Column();
  readonly #arrivalNs = new Int64Column();
  readonly #tokenCount = new Uint32Column();
  readonly #stampSource = new EnumColumn();
  readonly #errorNs = new Int64Column();
  protected readonly columns = [
    this.#requestIndex,
    this.#seq,
    this.#arrivalNs,
    this.#tokenCount,
    this.#stampSource,
    this.#errorNs,
  ];

  append(rows: ChunkColumns): void {
    const to = this.extend(rows.length);
    this.#requestIndex.set(to, rows.requestIndex, rows.length);
    this.#seq.set(to, rows.seq, rows.length);
    this.#arrivalNs.set(to, rows.arrivalNs, rows.length);
    this.#tokenCount.set(to, rows.tokenCount, rows.length);
    this.#stampSource.set(to, rows.stampSource, rows.length);
    this.#errorNs.set(to, rows.errorNs, rows.length);
  }
}

class TokenCountBuffer extends ColumnBuffer {
  readonly #requestIndex = new Uint32Column();
  readonly #seq = new Uint32Column();
  readonly #tokenCount = new Uint32Column();
  protected readonly columns = [this.#requestIndex, this.#seq, this.#tokenCount];

  append({ requestIndex, seq, tokenCount }: ChunkTokenCounts): void {
    const to = this.extend(seq.length);
    this.#requestIndex.fill(to, requestIndex, seq.length);
    this.#seq.set(to, seq, seq.length);
    this.#tokenCount.set(to, tokenCount, seq.length);
  }
}

/** Two buffers that are filled in turn: one is written while the other collects. */
class ColumnStage<Rows, Buffer extends ColumnBuffer & { append(rows: Rows): void }> implements Stage {
  readonly tableName: string;
  readonly rowsPerSlice = VECTOR_ROWS;
  #collecting: Buffer;
  #writing: Buffer;

  constructor(table: ColumnTable, createBuffer: () => Buffer) {
    this.tableName = table.name;
    this.#collecting = createBuffer();
    this.#writing = createBuffer();
  }

  get length(): number {
    return this.#collecting.length;
  }

  append(rows: Rows): void {
    this.#collecting.append(rows);
  }

  take(): StagedRows {
    [this.#collecting, this.#writing] = [this.#writing, this.#collecting];
    this.#collecting.clear();
    return this.#writing;
  }
}

export type ChunkStage = ColumnStage<ChunkColumns, ChunkBuffer>;
export type TokenCountStage = ColumnStage<ChunkTokenCounts, TokenCountBuffer>;

export function createChunkStage(): ChunkStage {
  return new ColumnStage(CHUNKS, () => new ChunkBuffer());
}

export function createTokenCountStage(): TokenCountStage {
  return new ColumnStage(CHUNK_TOKEN_COUNTS, () => new TokenCountBuffer());
}
