import type { DuckDBDataChunk } from '@duckdb/node-api';

/** Rows taken out of a stage for one flush. */
export interface StagedRows {
  readonly length: number;
  /** Fills `chunk`, which has the table's column types, with `count` rows from row `from` on. */
  fill(chunk: DuckDBDataChunk, from: number, count: number): void;
}

/** Rows of one table that wait for the next flush. */
export interface Stage {
  readonly tableName: string;
  /** How many rows to append at once: few enough to hold the event loop for about a millisecond. */
  readonly rowsPerSlice: number;
  readonly length: number;
  /**
   * Hands over all that was staged, and starts anew. What was taken is to be written before the next `take`: a stage
   * of many rows keeps two sets of buffers and fills them in turn.
   */
  take(): StagedRows;
}
