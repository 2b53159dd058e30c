import type { ColumnBuffer } from './column-buffer.js';
import type { ColumnTable } from './column-tables.js';
import type { Stage, StagedRows } from './staged-rows.js';
import { VECTOR_ROWS } from './vector-column.js';

/** Stages rows in two buffers that are filled in turn: one is written while the other collects. */
export class ColumnStage<Rows> implements Stage {
  readonly tableName: string;
  readonly rowsPerSlice = VECTOR_ROWS;
  #collecting: ColumnBuffer & { append(rows: Rows): void };
  #writing: ColumnBuffer & { append(rows: Rows): void };

  constructor(table: ColumnTable, buffer: new () => ColumnBuffer & { append(rows: Rows): void }) {
    this.tableName = table.name;
    this.#collecting = new buffer();
    this.#writing = new buffer();
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
