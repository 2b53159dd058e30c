import { BIGINT, DOUBLE, ENUM, UINTEGER, UTINYINT, type DuckDBType } from '@duckdb/node-api';
import { STAMP_SOURCES } from '@fluidscope/trace-schema';

/** A table whose rows are so many that they are staged in columns. The order of its columns is that of `ColumnBuffer`s. */
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

/** Counts that replace those in `chunks`. */
export const CHUNK_TOKEN_COUNTS: ColumnTable = {
  name: 'chunk_token_counts',
  columns: [
    { name: 'request_index', type: UINTEGER },
    { name: 'seq', type: UINTEGER },
    { name: 'token_count', type: UINTEGER },
  ],
};

/** Samples of agents, in the agents' own time. */
export const AGENT_SAMPLES: ColumnTable = {
  name: 'agent_samples',
  columns: [
    { name: 'series_index', type: UINTEGER },
    { name: 'agent_ns', type: BIGINT },
    { name: 'call_ns', type: UINTEGER },
    { name: 'value', type: DOUBLE },
    { name: 'flags', type: UTINYINT },
    { name: 'sensor_ns', type: BIGINT },
  ],
};
