import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { ChunkColumns } from '@fluidscope/trace-schema';
import { CHUNK_TOKEN_COUNTS, CHUNKS } from './column-tables.js';
import { VECTOR_ROWS } from './vector-column.js';
import { recorded } from './view.js';

/** 32 of DuckDB's vectors: large enough that the caller's work a batch counts, small enough to hold a few of. */
const BATCH_ROWS = 32 * VECTOR_ROWS;

/** DOUBLE holds every integer to 2^53 and is a typed array of JavaScript; a BIGINT would be a BigInt a value. */
function selectSql(tokenCount: string): string {
  return `SELECT request_index, seq, CAST(arrival_ns AS DOUBLE), ${tokenCount},
    CAST(enum_code(stamp_source) AS UTINYINT), coalesce(CAST(error_ns AS DOUBLE), 'NaN')
    FROM ${recorded(CHUNKS.name)} AS chunk`;
}

const WITHOUT_RECOUNTS = selectSql('token_count');

/** A join emits its matches before the rest: the order is to be asked for, and costs a sort. */
const WITH_RECOUNTS = `${selectSql('coalesce(recount.token_count, chunk.token_count)')}
  LEFT JOIN ${recorded(CHUNK_TOKEN_COUNTS.name)} AS recount USING (request_index, seq) ORDER BY chunk.rowid`;

/** All chunks in the order in which they were appended, in batches that the caller may keep. */
export async function* readChunks(connection: DuckDBConnection): AsyncGenerator<ChunkColumns> {
  const result = await connection.stream((await hasRecounts(connection)) ? WITH_RECOUNTS : WITHOUT_RECOUNTS);
  let batch = createBatch();
  for (;;) {
    const rows = await result.fetchChunk();
    if (rows === null || rows.rowCount === 0) break;
    if (batch.length + rows.rowCount > BATCH_ROWS) {
      yield batch;
      batch = createBatch();
    }
    addRows(batch, rows);
  }
  if (batch.length > 0) yield batch;
}

async function hasRecounts(connection: DuckDBConnection): Promise<boolean> {
  return (
    (await connection.runAndReadAll(`FROM ${recorded(CHUNK_TOKEN_COUNTS.name)} LIMIT 1`)).currentRowCount > 0
  );
}

type Batch = { -readonly [Key in keyof ChunkColumns]: ChunkColumns[Key] };

function createBatch(): Batch {
  return {
    length: 0,
    requestIndex: new Uint32Array(BATCH_ROWS),
    seq: new Uint32Array(BATCH_ROWS),
    arrivalNs: new Float64Array(BATCH_ROWS),
    tokenCount: new Uint32Array(BATCH_ROWS),
    stampSource: new Uint8Array(BATCH_ROWS),
    errorNs: new Float64Array(BATCH_ROWS),
  };
}

function addRows(batch: Batch, rows: DuckDBDataChunk): void {
  const count = rows.rowCount;
  const columns = [
    batch.requestIndex,
    batch.seq,
    batch.arrivalNs,
    batch.tokenCount,
    batch.stampSource,
    batch.errorNs,
  ];
  columns.forEach((column, index) => {
    const byteCount = count * column.BYTES_PER_ELEMENT;
    const source = duckdb.vector_get_data(duckdb.data_chunk_get_vector(rows.chunk, index), byteCount);
    new Uint8Array(column.buffer, batch.length * column.BYTES_PER_ELEMENT, byteCount).set(source);
  });
  batch.length += count;
}
