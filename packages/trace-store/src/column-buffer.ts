import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { AgentSampleColumns, ChunkColumns, ChunkTokenCounts } from '@fluidscope/trace-schema';
import type { StagedRows } from './staged-rows.js';
import { DoubleColumn, Int64Column, UnsignedColumn, type VectorColumn } from './vector-column.js';

const SMALLEST_CAPACITY = 16_384;

/** Growable columns and how many of their rows are in use. */
export abstract class ColumnBuffer implements StagedRows {
  length = 0;
  #capacity = 0;
  protected abstract readonly columns: readonly VectorColumn[];

  fill(chunk: DuckDBDataChunk, from: number, count: number): void {
    this.columns.forEach((column, index) => {
      column.copyTo(duckdb.data_chunk_get_vector(chunk.chunk, index), from, count);
    });
  }

  clear(): void {
    this.length = 0;
    for (const column of this.columns) column.clear();
  }

  /** Makes room for `count` more rows and returns the position of the first. */
  protected extend(count: number): number {
    const from = this.length;
    this.length += count;
    if (this.length > this.#capacity) {
      this.#capacity = Math.max(SMALLEST_CAPACITY, 2 ** Math.ceil(Math.log2(this.length)));
      for (const column of this.columns) column.grow(this.#capacity);
    }
    return from;
  }
}

/** Rows of the table `CHUNKS`. */
export class ChunkBuffer extends ColumnBuffer {
  readonly #requestIndex = new UnsignedColumn(Uint32Array);
  readonly #seq = new UnsignedColumn(Uint32Array);
  readonly #arrivalNs = new Int64Column();
  readonly #tokenCount = new UnsignedColumn(Uint32Array);
  readonly #stampSource = new UnsignedColumn(Uint8Array);
  readonly #errorNs = new Int64Column();
  protected readonly columns = [
    this.#requestIndex,
    this.#seq,
    this.#arrivalNs,
    this.#tokenCount,
    this.#stampSource,
    this.#errorNs,
  ];

  /** Throws a `RangeError` before anything is kept when a time is not a whole number below 2^53. */
  append(rows: ChunkColumns): void {
    requireWholeNs('arrivalNs', rows.arrivalNs, rows.length);
    requireWholeNs('errorNs', rows.errorNs, rows.length);
    const to = this.extend(rows.length);
    this.#requestIndex.set(to, rows.requestIndex, rows.length);
    this.#seq.set(to, rows.seq, rows.length);
    this.#arrivalNs.set(to, rows.arrivalNs, rows.length);
    this.#tokenCount.set(to, rows.tokenCount, rows.length);
    this.#stampSource.set(to, rows.stampSource, rows.length);
    this.#errorNs.set(to, rows.errorNs, rows.length);
  }
}

/** Rows of the table `CHUNK_TOKEN_COUNTS`. */
export class TokenCountBuffer extends ColumnBuffer {
  readonly #requestIndex = new UnsignedColumn(Uint32Array);
  readonly #seq = new UnsignedColumn(Uint32Array);
  readonly #tokenCount = new UnsignedColumn(Uint32Array);
  protected readonly columns = [this.#requestIndex, this.#seq, this.#tokenCount];

  append({ requestIndex, seq, tokenCount }: ChunkTokenCounts): void {
    const to = this.extend(seq.length);
    this.#requestIndex.fill(to, requestIndex, seq.length);
    this.#seq.set(to, seq, seq.length);
    this.#tokenCount.set(to, tokenCount, seq.length);
  }
}

/** Rows of the table `AGENT_SAMPLES`. */
export class AgentSampleBuffer extends ColumnBuffer {
  readonly #seriesIndex = new UnsignedColumn(Uint32Array);
  readonly #agentNs = new Int64Column();
  readonly #callNs = new UnsignedColumn(Uint32Array);
  readonly #value = new DoubleColumn();
  readonly #flags = new UnsignedColumn(Uint8Array);
  readonly #sensorNs = new Int64Column();
  protected readonly columns = [
    this.#seriesIndex,
    this.#agentNs,
    this.#callNs,
    this.#value,
    this.#flags,
    this.#sensorNs,
  ];

  /** Throws a `RangeError` before anything is kept when a time is not a whole number below 2^53. */
  append(rows: AgentSampleColumns): void {
    requireWholeNs('agentNs', rows.agentNs, rows.length);
    requireWholeNs('sensorNs', rows.sensorNs, rows.length);
    const to = this.extend(rows.length);
    this.#seriesIndex.set(to, rows.seriesIndex, rows.length);
    this.#agentNs.set(to, rows.agentNs, rows.length);
    this.#callNs.set(to, rows.callNs, rows.length);
    this.#value.set(to, rows.value, rows.length);
    this.#flags.set(to, rows.flags, rows.length);
    this.#sensorNs.set(to, rows.sensorNs, rows.length);
  }
}

/** NaN passes: it becomes NULL. Anything else would become another number without a word. */
function requireWholeNs(name: string, valuesNs: Float64Array, count: number): void {
  for (let row = 0; row < count; row++) {
    const valueNs = valuesNs[row] ?? NaN;
    if (Number.isSafeInteger(valueNs) || Number.isNaN(valueNs)) continue;
    throw new RangeError(`Expected whole nanoseconds for ${name}[${row}] but received ${valueNs}`);
  }
}
